// Runs the migrations that the database does not have yet, in the order of their names. Like the real app's it takes no
// lock: who starts it must not start it twice at once.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";

const folder = join(import.meta.dir, "migrations");
const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
await client.query("CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now())");
const { rows } = await client.query("SELECT name FROM migrations");
const applied = new Set(rows.map((row) => row.name));

const missing = (await readdir(folder)).filter((name) => name.endsWith(".sql") && !applied.has(name)).sort();
for (const name of missing) {
  await client.query("BEGIN");
  await client.query(await readFile(join(folder, name), "utf8"));
  await client.query("INSERT INTO migrations (name) VALUES ($1)", [name]);
  await client.query("COMMIT");
  console.log(`applied ${name}`);
}
if (missing.length === 0) console.log("nothing to migrate");
await client.end();
