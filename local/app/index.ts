// A small stand-in for an app on this infrastructure: it needs what the app needs, connects as the app does, and ends as
// the app does. It says what it found under /status.
import { close, connect, reason, status } from "./stores";

const required = ["DATABASE_URL", "WORKOS_API_KEY", "WORKOS_CLIENT_ID", "WORKOS_REDIRECT_URI", "WORKOS_COOKIE_PASSWORD"];
const patience = 30_000; // milliseconds until it ends although something is still under way

const missing = required.filter((name) => !process.env[name]);
if (missing.length > 0) {
  console.error(`cannot start without ${missing.join(", ")}`);
  process.exit(1);
}
try {
  await connect();
} catch (error) {
  console.error(reason(error));
  process.exit(1);
}

let draining = false;
let underWay = 0;
let idle = () => {};
const sockets = new Set<Bun.ServerWebSocket<unknown>>();

const server = Bun.serve({
  port: Number(process.env.PORT ?? 3000),
  async fetch(request, server) {
    // Who knocks while it drains is sent away at once, and a load balancer learns of it.
    if (draining) return new Response("draining\n", { status: 503, headers: { connection: "close" } });
    underWay++;
    try {
      return await answer(request, server);
    } catch (error) {
      console.error(reason(error));
      return new Response("failed\n", { status: 500 });
    } finally {
      underWay--;
      settle();
    }
  },
  websocket: {
    open: (socket) => void sockets.add(socket),
    message: (socket, message) => void socket.send(message),
    close(socket) {
      sockets.delete(socket);
      settle();
    },
  },
});
console.log(`listening on port ${server.port}`);

async function answer(request: Request, server: Bun.Server<unknown>): Promise<Response | undefined> {
  switch (`${request.method} ${new URL(request.url).pathname}`) {
    case "GET /health":
      return new Response("ok\n");
    case "GET /status":
      return Response.json({ ...(await status()), underWay, sockets: sockets.size });
    case "GET /":
      return new Response(page, { headers: { "content-type": "text/html; charset=utf-8" } });
    case "POST /echo":
      return new Response(await request.text());
    case "GET /ws":
      return server.upgrade(request) ? undefined : new Response("this speaks WebSocket\n", { status: 426 });
  }
  return new Response("not found\n", { status: 404 });
}

const page = `<!doctype html>
<title>It runs</title>
<p>The app runs. <a href="/status">What it is connected to</a>
`;

for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void drain(signal));

// drain takes nothing new, lets go of WebSockets, finishes what is under way and ends.
async function drain(signal: string): Promise<void> {
  if (draining) return;
  draining = true;
  console.log(`${signal}: draining`);
  setTimeout(() => {
    console.error(`not drained after ${patience / 1000} seconds`);
    process.exit(1);
  }, patience);
  const settled = new Promise<void>((resolve) => (idle = resolve));
  for (const socket of sockets) socket.close(1001, "going away");
  settle();
  await settled;
  await server.stop();
  await close();
  console.log("drained");
  process.exit(0);
}

function settle(): void {
  if (underWay === 0 && sockets.size === 0) idle();
}
