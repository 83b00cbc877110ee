// Progress on standard error: one line per running thing, redrawn in place on a terminal at most ten times
// a second; in a pipe or log only what has ended is said, once. Never on standard output.
import { formatSize } from '../../kit/bytes.ts';
import type { Clock } from '../../kit/clock.ts';
import { printable } from './printable.ts';
import type { Sink } from './world.ts';

export interface Progress extends Disposable {
  /** Tells where `label` stands; `total` is undefined where nobody knows it. */
  update(label: string, done: number, total: number | undefined, unit: 'bytes' | 'count'): void;
  /** Ends a line, with a word on how. */
  end(label: string, word: string): void;
}

interface Line {
  readonly done: number;
  readonly total: number | undefined;
  readonly unit: 'bytes' | 'count';
}

const REDRAW_MS = 100;
const BAR_CHARS = 24;

export function createProgress(sink: Sink, clock: Clock, isQuiet: boolean): Progress {
  const lines = new Map<string, Line>();
  let drawn = 0;
  let drawnAt = 0;
  const clear = (): void => {
    if (drawn > 0) sink.write(`\u001b[${drawn}A\u001b[0J`);
    drawn = 0;
  };
  const draw = (): void => {
    clear();
    const shown = [...lines].slice(-8);
    for (const [label, line] of shown) sink.write(`${formatLine(label, line, sink.columns)}\n`);
    drawn = shown.length;
    drawnAt = clock.now();
  };
  return {
    update(label, done, total, unit) {
      const isNew = !lines.has(label);
      lines.set(label, { done, total, unit });
      if (!isQuiet && sink.isTty && (isNew || clock.now() - drawnAt >= REDRAW_MS)) draw();
    },
    end(label, word) {
      lines.delete(label);
      if (isQuiet) return;
      clear();
      sink.write(`${printable(label)}: ${word}\n`);
      if (sink.isTty) draw();
    },
    [Symbol.dispose]() {
      lines.clear();
      clear();
    },
  };
}

function formatLine(label: string, { done, total, unit }: Line, columns: number): string {
  const say = (value: number): string => (unit === 'bytes' ? formatSize(value) : value.toLocaleString('en'));
  const share = total === undefined || total === 0 ? undefined : Math.min(1, done / total);
  const bar =
    share === undefined ? '' : ` [${'━'.repeat(Math.round(share * BAR_CHARS)).padEnd(BAR_CHARS, ' ')}]`;
  const end = `${bar} ${say(done)}${total === undefined ? '' : ` of ${say(total)}`}`;
  const room = Math.max(8, columns - end.length - 1);
  const name = printable(label);
  return `${name.length > room ? `${name.slice(0, room - 1)}…` : name}${end}`;
}
