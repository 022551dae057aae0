// Reads an array of a store with zarrita: node read.mjs FOLDER NAME; prints shape, sum of what is finite, number of NaN
import { FileSystemStore } from "@zarrita/storage";
import * as zarr from "zarrita";

const [folder, name] = process.argv.slice(2);
const root = zarr.root(new FileSystemStore(folder));
const { data, shape } = await zarr.get(await zarr.open(root.resolve(name), { kind: "array" }));
const values = Array.from(data);
const finite = values.filter((value) => Number.isFinite(value));
const found = values.every((value) => typeof value === "string")
  ? { shape, names: values }
  : { shape, sum: finite.reduce((a, b) => a + b, 0), missing: values.length - finite.length };
console.log(JSON.stringify(found));
