"""Pure spatial computation: arrays and geometries in, values out."""
