#!/usr/bin/env node
// The command `plimsoll`.
import { launch } from './launch.js';

await launch(import.meta.url, 'plimsoll');
