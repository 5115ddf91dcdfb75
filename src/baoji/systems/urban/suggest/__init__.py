"""Which class a report may mean: proposed from its words and its place, explained, never decided."""
