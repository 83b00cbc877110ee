// Whose word the answer stands on: the server's own root, which is its own word until somebody keeps it, and roots and
// keys that a person brought. Kept in this browser alone.
import { type ChangeEvent, type DragEvent, useId, useState } from 'react';
import { bringTrust } from '../../../verify/bring-trust.ts';
import type { KeptTrust } from '../../../verify/trust.ts';
import { fingerprintOf, writeKept } from '../../../verify/trust-store.ts';

interface RootsProps {
  repository: string;
  kept: readonly KeptTrust[];
  served: string | undefined;
  onKept: (kept: readonly KeptTrust[]) => void;
}

/** Somebody who needs more writes a trust policy. */
const MOST = 20;
/** Sigstore's public root has 7 kB. */
const MOST_BYTES = 4 * 1024 * 1024;

export function Roots({ repository, kept, served, onKept }: RootsProps) {
  const [fault, setFault] = useState<string>();
  const servedPrint = served === undefined ? undefined : fingerprintOf(served);
  const isServedKept = kept.some(({ fingerprint }) => fingerprint === servedPrint);
  const change = (next: readonly KeptTrust[]) => {
    setFault(
      writeKept(next) ? undefined : 'This browser keeps nothing for this address: it holds until you leave.',
    );
    onKept(next);
  };
  const add = (name: string, text: string) => {
    const brought = bringTrust(name, text, repository);
    if (brought.kind === 'refused') return setFault(brought.why);
    if (kept.length >= MOST) return setFault(`At most ${MOST} are kept here.`);
    const rest = kept.filter((one) => !isSame(one, brought.trust));
    change([...rest, brought.trust]);
  };
  const take = async (files: FileList | null | undefined) => {
    for (const file of files ?? []) {
      if (file.size > MOST_BYTES) setFault(`${file.name} is larger than any root.`);
      else add(file.name, await file.text());
    }
  };
  return (
    <section className="trust-part">
      <h3>On whose word</h3>
      <ul className="trust-roots">
        {kept.map((one) => (
          <li key={`${one.fingerprint} ${one.repository}`}>
            <span>
              <strong>{one.name}</strong>{' '}
              <span className="quiet">
                {one.kind === 'root'
                  ? 'a trusted root that you keep here'
                  : `a public key that you keep here for ${one.repository}`}
                {one.fingerprint === servedPrint ? '; this server serves the same' : ''}
              </span>
              <Fingerprint of={one.fingerprint} />
            </span>
            <button
              type="button"
              className="button"
              onClick={() => change(kept.filter((other) => !isSame(other, one)))}
            >
              Forget<span className="unseen"> {one.name}</span>
            </button>
          </li>
        ))}
        {served !== undefined && servedPrint !== undefined && !isServedKept ? (
          <li>
            <span>
              <strong>This server’s own root</strong>{' '}
              <span className="quiet">
                is its own word: compare its fingerprint with what its operator told you by another way
              </span>
              <Fingerprint of={servedPrint} />
            </span>
            <button type="button" className="button" onClick={() => add(window.location.host, served)}>
              Keep it
            </button>
          </li>
        ) : null}
        {served === undefined ? <li className="quiet">This server serves no root of its own.</li> : null}
      </ul>
      <Drop onFiles={take} />
      {fault === undefined ? null : (
        <p className="trust-fault" role="alert">
          {fault}
        </p>
      )}
    </section>
  );
}

/** A key may be kept for several repositories. */
function isSame(one: KeptTrust, other: KeptTrust): boolean {
  return one.fingerprint === other.fingerprint && one.repository === other.repository;
}

function Fingerprint({ of }: { of: string }) {
  return (
    <code className="trust-print">
      <span className="unseen">SHA-256 </span>
      {of}
    </code>
  );
}

function Drop({ onFiles }: { onFiles: (files: FileList | null | undefined) => Promise<void> }) {
  const id = useId();
  const [isOver, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void onFiles(event.dataTransfer.files);
  };
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const { target } = event;
    // The same file may be chosen again.
    void onFiles(target.files).then(() => {
      target.value = '';
    });
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the field in it does the same by keyboard
    <div
      className={`trust-drop${isOver ? ' is-over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <label htmlFor={id}>
        Bring your own: a <code>trusted_root.json</code> or a public key (PEM). It stays in this browser.
      </label>
      <input id={id} type="file" accept=".json,.pem,.pub,application/json" multiple onChange={choose} />
    </div>
  );
}
