// Whom a person expects to have signed, by repository, kept in this browser alone.
import { useMemo, useSyncExternalStore } from 'react';
import { isObject, readJson, writeJson } from './kept-json.ts';
import type { ExpectedSigner } from './trust.ts';

const NAME = 'plimsoll.expected';
/** A window is not told of what it keeps itself. */
const CHANGED = 'plimsoll:expected';

function readExpected(repository: string): ExpectedSigner | undefined {
  const all = readJson(NAME);
  const found = isObject(all) && Object.hasOwn(all, repository) ? all[repository] : undefined;
  return isExpected(found) ? found : undefined;
}

/** Undefined forgets. False where the browser keeps nothing. */
export function writeExpected(repository: string, expected: ExpectedSigner | undefined): boolean {
  const all = readJson(NAME);
  const { [repository]: _, ...rest } = isObject(all) ? all : {};
  const isWritten = writeJson(NAME, expected === undefined ? rest : { ...rest, [repository]: expected });
  window.dispatchEvent(new Event(CHANGED));
  return isWritten;
}

/** Of this repository, followed as it changes on any page of this address. */
export function useExpected(repository: string): ExpectedSigner | undefined {
  // The whole text is compared: what is parsed is another object each time.
  const text = useSyncExternalStore(follow, () => localStorage.getItem(NAME));
  return useMemo(() => (text === null ? undefined : readExpected(repository)), [text, repository]);
}

function follow(onChange: () => void): () => void {
  for (const name of [CHANGED, 'storage']) window.addEventListener(name, onChange);
  return () => {
    for (const name of [CHANGED, 'storage']) window.removeEventListener(name, onChange);
  };
}

function isExpected(value: unknown): value is ExpectedSigner {
  if (!isObject(value)) return false;
  const { identity, issuer, isPattern, sourceRepository } = value;
  return (
    [identity, issuer].every((text) => typeof text === 'string' && text !== '') &&
    typeof isPattern === 'boolean' &&
    (sourceRepository === undefined || typeof sourceRepository === 'string')
  );
}
