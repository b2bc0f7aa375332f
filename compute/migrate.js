// Runs migrations in the app's image before the app starts. A lock of the database lets one task at a time run them. The
// lock ends with the connection.
const [command] = process.argv.slice(1);
const lock = 8_472_013_655; // chosen at random: all clients of a database share the numbers of its locks

let child;
process.on("SIGTERM", () => (child ? child.kill("SIGTERM") : process.exit(143)));

function fail(what) {
  console.error(`migrate: ${what}`);
  process.exit(1);
}

try {
  const pool = new Bun.SQL(process.env.DATABASE_URL, { max: 1, idleTimeout: 0, maxLifetime: 0 });
  const database = await pool.reserve();
  const [{ free }] = await database`SELECT pg_try_advisory_lock(${lock}) AS free`;
  if (!free) {
    console.log("migrate: waiting for another task that holds the lock");
    await database`SELECT pg_advisory_lock(${lock})`;
  }
} catch (error) {
  fail(`cannot lock the database: ${error.message}`);
}

console.log(`migrate: ${command}`);
child = Bun.spawn(["sh", "-c", command], { stdio: ["ignore", "inherit", "inherit"] });
const code = await child.exited;
if (child.signalCode) fail(`migrateCommand was ended by ${child.signalCode}`);
if (code !== 0) fail(`migrateCommand ended with exit code ${code}`);

process.exit(0); // the connection ends, and with it the lock
