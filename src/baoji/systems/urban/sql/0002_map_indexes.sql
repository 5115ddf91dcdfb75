CREATE INDEX urban_component_web ON urban_component USING gist (place_web);
CREATE INDEX urban_responsibility_grid_web ON urban_responsibility_grid USING gist (place_web);
