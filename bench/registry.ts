// The registry's data path against the other registries that this machine has: zot, distribution 3 (`registry`) and
// Debian's docker-registry, found in the folders of PLIMSOLL_BENCH_PEERS or on PATH, as are the generators of load,
// wrk and bombardier, and skopeo. What is absent is left out and said. Each part starts its servers anew.
//   node bench/registry.ts [--only manifest-get,blob-put] [--rounds 5] [--seconds 2] [--fill-seconds 60]
//                          [--against zot] [--ours="--workers 2"]
// Writes Markdown. Only the ratios are worth quoting: how many times as fast ours is, of rates and of times alike.
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { blobGet, blobPut } from './registry/blob.ts';
import { listContestants } from './registry/contestant.ts';
import { image } from './registry/image.ts';
import { manifestGet, manifestHead } from './registry/manifest.ts';
import type { Part } from './registry/part.ts';
import { runPart } from './registry/run.ts';
import { startEmpty, startFull } from './registry/start.ts';
import { tags } from './registry/tags.ts';
import { token } from './registry/token.ts';

const parts: readonly Part[] = [
  manifestGet,
  manifestHead,
  token,
  blobGet,
  blobPut,
  image,
  tags,
  startEmpty,
  startFull,
];

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    against: { type: 'string' },
    ours: { type: 'string', default: '' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    'fill-seconds': { type: 'string', default: '60' },
  },
});
const options = {
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  fillSeconds: Number(values['fill-seconds']),
};
const only = values.only?.split(',');
for (const name of only ?? [])
  if (!parts.some((part) => part.name === name))
    throw new Error(`--only ${name}; it must be one of ${parts.map((part) => part.name).join(', ')}`);
const against = values.against?.split(',');
const wanted = listContestants(values.ours.split(' ').filter((word) => word !== '')).filter(
  ({ name }, position) => position === 0 || against === undefined || against.includes(name),
);
const contestants = wanted.filter(({ program }) => program !== undefined);

say(
  `Node ${process.version}, ${availableParallelism()} cores of ${cpus()[0]?.model ?? 'an unknown kind'}, load ${loadavg()[0]?.toFixed(1)} before the start; median of ${options.rounds} rounds (lowest to highest), ${options.seconds} s each.`,
);
for (const { name, program } of wanted)
  if (program === undefined) say(`Left out: ${name} is not on this machine.`);
for (const part of parts) {
  if (only !== undefined && !only.includes(part.name)) continue;
  const missing = part.missing?.();
  say(
    missing === undefined
      ? await runPart(part, contestants, options).catch((error: Error) => failed(part, error))
      : `${part.title}: left out, ${missing} is not on this machine.`,
  );
}

/** The other parts may still go well; the run as a whole has not. */
function failed(part: Part, error: Error): string {
  process.exitCode = 1;
  return `${part.title}: ${error.message}`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n${text.endsWith('\n') ? '' : '\n'}`);
}
