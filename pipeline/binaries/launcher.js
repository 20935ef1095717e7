#!/usr/bin/env node
"use strict";

// Starts the program of this machine's own platform package, which came in through optionalDependencies.
const { spawnSync } = require("node:child_process");
const path = require("node:path");

const command = path.basename(__filename, ".js");
const { packages } = require("../platforms.json");
const platform = `${process.platform}-${process.arch}`;
const name = packages[platform];

function fail(message) {
  console.error(`${command}: ${message}`);
  process.exit(1);
}

if (!name) {
  fail(`there is no build for ${platform}; there is one for ${Object.keys(packages).join(", ")}`);
}

let folder;
try {
  folder = path.dirname(require.resolve(`${name}/package.json`));
} catch {
  fail(`the package ${name} is not installed; install again without --omit=optional or --no-optional`);
}

const program = path.join(folder, "bin", process.platform === "win32" ? `${command}.exe` : command);
const ended = spawnSync(program, process.argv.slice(2), { stdio: "inherit", windowsHide: true });
if (ended.error) {
  fail(`${program} does not start: ${ended.error.message}`);
}
if (ended.signal) {
  process.kill(process.pid, ended.signal);
}
process.exitCode = ended.status ?? 1;
