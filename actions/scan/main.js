// What the runner starts. Everything is in lib/; nothing happens when that is imported.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runAction } from './lib/action.js';

process.exitCode = await runAction(process.env, dirname(fileURLToPath(import.meta.url)));
