// Colours and shapes of the terminal. Colour is for meaning alone and always beside a shape and a word.
import { styleText } from 'node:util';
import type { Severity } from '../../engines/advisory/record.ts';
import type { Outcome } from '../../engines/policy/verdict.ts';
import type { Sink } from './world.ts';

export type Paint = 'red' | 'yellow' | 'green' | 'cyan' | 'dim' | 'bold' | 'magenta';

/** The text with colour codes where the stream takes them, else as it is. */
export function paint(sink: Sink, colour: Paint, text: string): string {
  return sink.isColour ? styleText(colour, text, { validateStream: false }) : text;
}

/** ● passes, ▲ fails, ◌ could not be judged. */
export function outcomeMark(sink: Sink, outcome: Outcome): string {
  const [shape, colour] = OUTCOMES[outcome];
  return paint(sink, colour, shape);
}

/** The load line as a pair of characters: how full the disc is, and what follows from it. */
export function loadLineMark(sink: Sink, outcome: Outcome): string {
  const disc = outcome === 'fail' ? '●' : '◒';
  return `${disc}${outcomeMark(sink, outcome)}`;
}

/** `Critical` in its colour. */
export function severityWord(sink: Sink, severity: Severity): string {
  const word = severity.charAt(0).toUpperCase() + severity.slice(1);
  const colour = SEVERITIES[severity];
  return colour === undefined ? word : paint(sink, colour, word);
}

const OUTCOMES: Readonly<Record<Outcome, readonly [string, Paint]>> = {
  pass: ['●', 'green'],
  fail: ['▲', 'red'],
  unknown: ['◌', 'yellow'],
};

const SEVERITIES: Readonly<Partial<Record<Severity, Paint>>> = {
  critical: 'red',
  high: 'red',
  medium: 'yellow',
  unknown: 'dim',
  negligible: 'dim',
};
