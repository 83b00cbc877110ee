#!/usr/bin/env node
// The same command as a plugin of docker's: `docker plimsoll …`. Two questions are docker's own and answered here,
// before anything is loaded: docker asks each plugin the first at every `docker --help`. Everything else, docker's
// global flags before the plugin's name too, is read by src/app/docker-call.ts.
import { readFileSync } from 'node:fs';

switch (process.argv[2]) {
  case 'docker-cli-plugin-metadata':
    process.stdout.write(`${JSON.stringify(readMetadata(), undefined, 2)}\n`);
    break;
  case '__complete':
  case '__completeNoDesc':
    // No words of ours; 0 leaves the shell its own completion of file names (cobra's ShellCompDirectiveDefault).
    process.stdout.write(':0\n');
    break;
  default:
    await (await import('./launch.js')).launch(import.meta.url, 'docker plimsoll');
}

/** As docker/cli's cli-plugins/metadata wants it. */
function readMetadata() {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return {
    SchemaVersion: '0.1.0',
    Vendor: 'Plimsoll',
    Version: version,
    ShortDescription: 'Inspect, compare and judge images by their packages and CVEs',
  };
}
