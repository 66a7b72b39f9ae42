// Run by Node inside emulate's environment: `emulators.mjs ENVIRONMENT SERVICE=PORT ...`, one process for all.
// What they begin with is in `seed.json` of the folder it runs in.
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { pathToFileURL } from "node:url";

// The emulators name no address and would listen on every interface of the machine.
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, host, ...rest) {
  return listen.call(this, { port, host: "127.0.0.1" }, ...[host, ...rest].filter((one) => typeof one === "function"));
};

const [environment, ...assignments] = process.argv.slice(2);
const api = path.join(environment, "node_modules", "emulate", "dist", "api.js");
const { createEmulator } = await import(pathToFileURL(api).href);
const seed = JSON.parse(fs.readFileSync("seed.json", "utf8"));
for (const [service, port] of assignments.map((one) => one.split("="))) {
  await createEmulator({ service, port: Number(port), seed, baseUrl: `http://127.0.0.1:${port}` });
}
