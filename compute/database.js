// Runs in the app's image before the app starts, as the master user. It makes the app's role the owner of the app's
// objects and installs pgvector. A lock of the database lets one task at a time run it. The lock ends with the
// connection.
const { createHash, createHmac, pbkdf2Sync, randomBytes } = require("node:crypto");
const [extension] = process.argv.slice(1);
const lock = 8_472_013_655; // chosen at random: all clients of a database share the numbers of its locks

process.on("SIGTERM", () => process.exit(143));

function fail(what) {
  console.error(`db-role: ${what}`);
  process.exit(1);
}

const quote = (name) => `"${name.replaceAll('"', '""')}"`;

// The server stores this form of a password. Statements with the password itself would appear in pg_stat_statements.
function scram(password) {
  const salt = randomBytes(16), rounds = 4096;
  const key = pbkdf2Sync(password, salt, rounds, 32, "sha256");
  const sign = (text) => createHmac("sha256", key).update(text).digest();
  const stored = createHash("sha256").update(sign("Client Key")).digest("base64");
  return `SCRAM-SHA-256$${rounds}:${salt.toString("base64")}$${stored}:${sign("Server Key").toString("base64")}`;
}

if (!Bun.SQL) fail(`this image has Bun ${Bun.version}; the database needs Bun 1.2 or later`);

let step = "connect to the database";
try {
  const app = new URL(process.env.DATABASE_URL);
  const name = decodeURIComponent(app.username), role = quote(name);
  const pool = new Bun.SQL(process.env.DATABASE_MASTER_URL, { max: 1, idleTimeout: 0, maxLifetime: 0 });
  const database = await pool.reserve();
  await database.unsafe("SET search_path = pg_catalog"); // no function of the app may run as the master user

  step = "take turns with other tasks";
  const [{ free }] = await database`SELECT pg_try_advisory_lock(${lock}) AS free`;
  if (!free) {
    console.log("db-role: waiting for another task that holds the lock");
    await database`SELECT pg_advisory_lock(${lock})`;
  }

  step = `create the role ${name}`;
  const [{ exists }] = await database`SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = ${name}) AS exists`;
  if (!exists) await database.unsafe(`CREATE ROLE ${role}`);
  const login = `LOGIN PASSWORD '${scram(decodeURIComponent(app.password))}'`;
  await database.unsafe(`ALTER ROLE ${role} NOCREATEROLE NOCREATEDB ${login}`);
  // Tasks of an earlier version use the master user, also after a rollback: it has all rights of the app's role.
  await database.unsafe(`GRANT ${role} TO CURRENT_USER`);

  // What the master user owns in schemas, as it did in earlier versions, becomes the app's, or the app could not alter
  // it. Extensions stay, with their members. A sequence follows the table that owns it. A task that does not get a lock
  // in time fails, and ECS starts another one. Otherwise the app's queries would wait, too.
  await database.unsafe("SET lock_timeout = '10s'");
  const statements = await database`
    SELECT 0 AS rank, format('GRANT CREATE, TEMPORARY ON DATABASE %I TO %I', current_database(), ${name}::text) AS text
    UNION ALL
    SELECT 0, format('GRANT USAGE, CREATE ON SCHEMA public TO %I', ${name}::text)
    FROM pg_namespace WHERE nspname = 'public'
    UNION ALL -- the default search path begins with the schema that has the user's name
    SELECT 0, format('ALTER ROLE %I IN DATABASE %I SET search_path = %I, public', ${name}::text, current_database(), nspname)
    FROM pg_namespace WHERE nspname = current_user
    UNION ALL
    SELECT CASE o.type WHEN 'schema' THEN 1 ELSE 2 END, format('ALTER %s %s OWNER TO %I', CASE
        WHEN d.classid = 'pg_proc'::regclass THEN 'routine'
        WHEN o.type = 'statistics object' THEN 'statistics'
        ELSE o.type END, o.identity, ${name}::text)
    FROM pg_shdepend d, pg_identify_object(d.classid, d.objid, d.objsubid) o
    WHERE d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND d.refclassid = 'pg_authid'::regclass AND d.refobjid = current_user::regrole AND d.deptype = 'o'
      AND (left(o.schema, 3) <> 'pg_' OR o.type IN ('schema', 'large object'))
      AND NOT EXISTS (SELECT FROM pg_depend m WHERE m.classid = d.classid AND m.objid = d.objid
        AND (m.deptype = 'e' OR o.type = 'sequence' AND m.deptype IN ('a', 'i')))
    ORDER BY rank`;
  for (const { text } of statements) {
    step = text;
    await database.unsafe(text);
  }
  await database.unsafe("SET lock_timeout = 0");
  console.log(`db-role: ${name} is ready; ${statements.filter(({ rank }) => rank).length} objects were the master user's`);

  if (extension === "pgvector") {
    step = "install pgvector";
    await database.unsafe("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public");
    const [{ extversion }] = await database`SELECT extversion FROM pg_extension WHERE extname = 'vector'`;
    console.log(`db-role: pgvector ${extversion} is installed`);
  }
} catch (error) {
  fail(`cannot ${step}: ${error.message}`);
}

process.exit(0); // the connection ends, and with it the lock
