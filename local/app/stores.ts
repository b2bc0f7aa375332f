// The clients that real apps use, with the URLs as the deployment gives them.
import Redis from "ioredis";
import pg from "pg";
import { createClient } from "redis";

const { DATABASE_URL, REDIS_URL } = process.env;

// Until the app serves, a connection that fails ends it; later, clients come back by themselves.
let serving = false;
const again = (attempt: number) => Math.min(attempt * 100, 2000);

const pool = new pg.Pool(settings(() => ({ connectionString: DATABASE_URL, application_name: "local-app" })));
pool.on("error", (error) => console.error(`PostgreSQL: ${reason(error)}`));

const redis = REDIS_URL
  ? settings(() => createClient({ url: REDIS_URL, socket: { reconnectStrategy: (n) => (serving ? again(n) : false) } }))
  : undefined;
const ioredis = REDIS_URL
  ? settings(() => new Redis(REDIS_URL, { lazyConnect: true, retryStrategy: (n) => (serving ? again(n) : null) }))
  : undefined;
let lastError: unknown; // ioredis throws only that a connection is closed, and tells the reason here
for (const [name, client] of Object.entries({ redis, ioredis })) {
  client?.on("error", (error: Error) => {
    lastError = error;
    if (serving) console.error(`${name}: ${reason(error)}`);
  });
}

// connect tries all of them and writes and reads through each. It throws what failed and why, in one line.
export async function connect(): Promise<void> {
  await step("PostgreSQL (pg)", () => pool.query("SELECT 1"));
  if (redis && ioredis) {
    const value = crypto.randomUUID();
    await step("Redis (redis)", async () => {
      await redis.connect();
      await redis.set(`local-app:${value}`, value, { expiration: { type: "EX", value: 60 } });
    });
    await step("Redis (ioredis)", async () => {
      await ioredis.connect();
      if ((await ioredis.get(`local-app:${value}`)) !== value) throw new Error("it lost what redis wrote");
    });
  }
  serving = true;
}

export async function close(): Promise<void> {
  await Promise.all([pool.end(), redis?.close(), ioredis?.quit()]);
}

// status is what the servers say about the connections of this app, asked anew each time.
export async function status(): Promise<Record<string, unknown>> {
  const client = await pool.connect();
  try {
    const { rows } = await client.query(`
      SELECT current_setting('server_version') AS server, ssl.version, ssl.cipher,
             (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS vector, current_user AS user,
             (SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user) AS powerful
      FROM pg_stat_ssl AS ssl WHERE ssl.pid = pg_backend_pid()`);
    const [{ server, version, cipher, ...rest }] = rows;
    return {
      postgres: { version: server, ssl: { version, cipher }, verified: isVerified((client as any).connection.stream), ...rest },
      redis: redis && ioredis && (await redisStatus()),
    };
  } finally {
    client.release();
  }
}

async function redisStatus(): Promise<Record<string, unknown>> {
  const answers = await Promise.all([redis!.ping(), ioredis!.ping()]);
  const stream = (ioredis as any).stream;
  return { ping: answers.every((answer) => answer === "PONG"), tls: stream.encrypted === true, verified: isVerified(stream) };
}

// isVerified asks the socket itself: it has TLS, and the server's certificate comes from an authority that is known.
function isVerified(stream: { encrypted?: boolean; authorized?: boolean }): boolean {
  return stream.encrypted === true && stream.authorized === true;
}

async function step(name: string, action: () => Promise<unknown>): Promise<void> {
  lastError = undefined;
  try {
    await action();
  } catch (error) {
    throw new Error(`cannot connect to ${name}: ${reason(lastError ?? error)}`);
  }
}

// settings keeps a URL that cannot be read out of the message about it.
function settings<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    console.error(`cannot read DATABASE_URL or REDIS_URL: ${reason(error)}`);
    process.exit(1);
  }
}

// reason is an error's message without the URLs and their passwords.
export function reason(error: unknown): string {
  let text = error instanceof Error ? error.message || (error as { code?: string }).code || error.name : String(error);
  for (const url of [DATABASE_URL, REDIS_URL]) {
    const encoded = url?.match(/:\/\/[^:@/]*:([^@]*)@/)?.[1];
    for (const secret of [url, encoded, encoded && plain(encoded)]) {
      if (secret) text = text.replaceAll(secret, "***");
    }
  }
  return text.replaceAll("\n", " ");
}

function plain(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
