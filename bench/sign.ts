// What signing without a key costs in process: the whole, each of its parts, and the bare cryptography that it
// cannot do without (one key made, five signatures), which is what the ratios are to. Keys and log in memory.
import { hash } from 'node:crypto';
import { builder, createInstance } from '../src/engines/authority/instance.fixture.ts';
import { predicateTypes } from '../src/formats/sigstore/predicate.ts';
import { createMemoryKey } from '../src/io/keys/memory.ts';
import { systemClock } from '../src/kit/clock.ts';
import { median, printTable } from './figure.ts';

const RUNS = 300;
const { authority } = await createInstance({ clock: systemClock });
const key = await createMemoryKey('ecdsa-p256-sha256');
const message = new Uint8Array(1_000);
const imprint = hash('sha256', message, 'buffer');
const statement = {
  subjects: [{ digest: { sha256: 'a'.repeat(64) } }],
  predicateType: predicateTypes.sign,
  predicate: {},
};

const steps: readonly { readonly name: string; run(): Promise<unknown> }[] = [
  {
    name: 'bare: a key and five signatures',
    async run() {
      const fresh = await createMemoryKey('ecdsa-p256-sha256');
      for (let count = 0; count < 5; count += 1) await fresh.sign(message, 'ecdsa-p256-sha256');
    },
  },
  { name: 'a statement signed for an identity', run: () => authority.signFor(builder, statement) },
  { name: 'of it: the certificate', run: () => authority.issuer.issue(builder, key.publicKey) },
  {
    name: 'of it: the timestamp',
    run: () => authority.stamper.stamp({ hash: 'sha256', imprint, wantsCertificate: true }),
  },
  { name: 'of it: the entry in the log', run: () => authority.log.append(message) },
];

// Taken in turns, so that what else the machine does is in all of them.
const times = steps.map((): number[] => []);
for (let run = 0; run < RUNS; run += 1)
  for (const [at, step] of steps.entries()) {
    const start = performance.now();
    await step.run();
    times[at]?.push(performance.now() - start);
  }
const bare = median(times[0] as number[]);
printTable(
  ['', 'median', 'of a hundred, 99 within', 'to the bare cryptography'],
  steps.map(({ name }, at) => {
    const values = (times[at] as number[]).toSorted((one, other) => one - other);
    const value = median(values);
    const late = values[Math.floor(values.length * 0.99)] as number;
    return [name, `${value.toFixed(2)} ms`, `${late.toFixed(2)} ms`, (value / bare).toFixed(2)];
  }),
);
