// What a text must be: exactly one, or what a pattern in RE2's syntax matches. Always the whole text: a pattern
// that may match anywhere accepts `https://evil.example/?https://github.com/acme/app`. Linear in the text.
import { RE2JS } from 're2js';
import { limits } from '../../kit/limits.ts';
import { verifyErrors } from './errors.ts';

/** As a policy holds it. */
export interface PatternText {
  readonly kind: 'exact' | 'pattern';
  readonly text: string;
}

export interface TextPattern extends PatternText {
  matches(text: string): boolean;
}

export function exactly(text: string): TextPattern {
  return { kind: 'exact', text, matches: (other) => other === text };
}

/** `verify.pattern_invalid`. */
export function createPattern(text: string): TextPattern {
  if (text.length > limits.identityPatternChars)
    throw verifyErrors.pattern_invalid(`a pattern has at most ${limits.identityPatternChars} characters`);
  try {
    const compiled = RE2JS.compile(text);
    return { kind: 'pattern', text, matches: (other) => compiled.testExact(other) };
  } catch (cause) {
    throw verifyErrors.pattern_invalid(
      `${JSON.stringify(text.slice(0, 100))} is not a regular expression of RE2: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/** Whether `createPattern` takes it. */
export function isPattern(text: string): boolean {
  try {
    createPattern(text);
    return true;
  } catch {
    return false;
  }
}

/** `verify.pattern_invalid`. */
export function openPattern({ kind, text }: PatternText): TextPattern {
  return kind === 'exact' ? exactly(text) : createPattern(text);
}

export function describePattern({ kind, text }: PatternText): string {
  return kind === 'exact' ? text : `what matches ${text}`;
}
