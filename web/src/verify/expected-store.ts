// Whom a person expects to have signed, by repository, kept in this browser alone: a name with who vouches for it, and for
// Notary Project signatures the subject of a certificate.
import { useMemo, useSyncExternalStore } from 'react';
import { isObject, readJson, writeJson } from './kept-json.ts';
import type { ExpectedSigner } from './trust.ts';

const NAME = 'plimsoll.expected';
const SUBJECT = 'plimsoll.expected-subject';
/** A window is not told of what it keeps itself. */
const CHANGED = 'plimsoll:expected';

function read(name: string, repository: string): unknown {
  const all = readJson(name);
  return isObject(all) && Object.hasOwn(all, repository) ? all[repository] : undefined;
}

/** Undefined forgets. False where the browser keeps nothing. */
export function writeExpected(repository: string, expected: ExpectedSigner | undefined): boolean {
  return write(NAME, repository, expected);
}

/** The same of a certificate's subject, as text (RFC 4514). */
export function writeExpectedSubject(repository: string, subject: string | undefined): boolean {
  return write(SUBJECT, repository, subject);
}

function write(name: string, repository: string, value: unknown): boolean {
  const all = readJson(name);
  const { [repository]: _, ...rest } = isObject(all) ? all : {};
  const isWritten = writeJson(name, value === undefined ? rest : { ...rest, [repository]: value });
  window.dispatchEvent(new Event(CHANGED));
  return isWritten;
}

/** Of this repository, followed as it changes on any page of this address. */
export function useExpected(repository: string): ExpectedSigner | undefined {
  // The whole text is compared: what is parsed is another object each time.
  const text = useSyncExternalStore(follow, () => localStorage.getItem(NAME));
  return useMemo(() => {
    const found = text === null ? undefined : read(NAME, repository);
    return isExpected(found) ? found : undefined;
  }, [text, repository]);
}

export function useExpectedSubject(repository: string): string | undefined {
  return useSyncExternalStore(follow, () => {
    const found = read(SUBJECT, repository);
    return typeof found === 'string' && found !== '' ? found : undefined;
  });
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
