// Connects with every client that apps use and prints, as JSON, what each one got.
import Redis from "ioredis";
import pg from "pg";
import { createClient } from "redis";

const { DATABASE_URL, REDIS_URL } = process.env;
const statement = process.argv[2] ?? "select 1 as one";

const clients: Record<string, () => Promise<unknown>> = {};
if (DATABASE_URL) {
  clients.pg = async () => {
    const client = new pg.Client({ connectionString: DATABASE_URL });
    await client.connect();
    return (await client.query(statement)).rows;
  };
  clients.bun = async () => {
    const client = new Bun.SQL(DATABASE_URL, { max: 1 });
    return [...(await client.unsafe(statement))];
  };
}
if (REDIS_URL) {
  clients.redis = async () => {
    const client = createClient({ url: REDIS_URL, socket: { reconnectStrategy: false } });
    client.on("error", () => {}); // it is thrown, too
    await client.connect();
    await client.set("redis", "kept");
    return client.get("redis");
  };
  clients.ioredis = async () => {
    const client = new Redis(REDIS_URL, { lazyConnect: true, retryStrategy: () => null });
    let reason: unknown;
    client.on("error", (error) => (reason = error));
    try {
      await client.connect();
      await client.set("ioredis", "kept");
      return await client.get("ioredis");
    } catch (error) {
      throw reason ?? error; // what is thrown says only that the connection is closed
    }
  };
}

const answers: Record<string, unknown> = {};
for (const [name, ask] of Object.entries(clients)) {
  try {
    answers[name] = await ask();
  } catch (error) {
    answers[name] = `${(error as { code?: string }).code ?? ""} ${(error as Error).message}`;
  }
}
console.log(JSON.stringify(answers));
process.exit(0);
