// Logs in with every URL that it reads, a line each, with pg and Bun.sql, and prints who it is then or why it is not.
import pg from "pg";

for await (const url of console) {
  if (url === "") continue; // Bun reads one after the last
  const answers: string[] = [];
  for (const who of [withPg, withBun]) {
    try {
      answers.push(await who(url));
    } catch (error) {
      answers.push((error as Error).message);
    }
  }
  console.log(answers.join(" "));
}
process.exit(0);

async function withPg(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query("select current_user as name");
  await client.end();
  return rows[0].name;
}

async function withBun(url: string): Promise<string> {
  const client = new Bun.SQL(url, { max: 1 });
  const [{ name }] = await client`select current_user as name`;
  await client.close({ timeout: 0 });
  return name;
}
