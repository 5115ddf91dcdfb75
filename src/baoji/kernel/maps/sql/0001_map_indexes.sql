CREATE INDEX maps_unit_grid_web ON maps_unit_grid USING gist (place_web);
CREATE INDEX maps_outline_web ON maps_outline USING gist (place_web);
