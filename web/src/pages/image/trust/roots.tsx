// Whose word the answer stands on: the server's own root, which is its own word until somebody keeps it, and roots and
// keys that a person brought. Kept in this browser alone.
import { type ChangeEvent, type DragEvent, type ReactNode, useId, useState } from 'react';
import { type Brought, bringTrust } from '../../../verify/bring-trust.ts';
import type { bringAuthority } from '../../../verify/judge-notation.ts';
import type { KeptTrust } from '../../../verify/trust.ts';
import { fingerprintOf, writeKept } from '../../../verify/trust-store.ts';

interface RootsProps {
  repository: string;
  kept: readonly KeptTrust[];
  served: string | undefined;
  /** Reads certificates for Notary Project signatures; absent where the image has none of them. */
  bringAuthority: typeof bringAuthority | undefined;
  onKept: (kept: readonly KeptTrust[]) => void;
}

/** Somebody who needs more writes a trust policy. */
const MOST = 20;
/** Sigstore's public root has 7 kB. */
const MOST_BYTES = 4 * 1024 * 1024;

export function Roots({ repository, kept, served, bringAuthority, onKept }: RootsProps) {
  const [fault, setFault] = useState<string>();
  const servedPrint = served === undefined ? undefined : fingerprintOf(served);
  const isServedKept = kept.some(({ fingerprint }) => fingerprint === servedPrint);
  const change = (next: readonly KeptTrust[]) => {
    setFault(
      writeKept(next) ? undefined : 'This browser keeps nothing for this address: it holds until you leave.',
    );
    onKept(next);
  };
  const add = (name: string, text: string) => keep(bringTrust(name, text, repository));
  const keep = (brought: Brought) => {
    if (brought.kind === 'refused') return setFault(brought.why);
    if (kept.length >= MOST) return setFault(`At most ${MOST} are kept here.`);
    const rest = kept.filter((one) => !isSame(one, brought.trust));
    change([...rest, brought.trust]);
  };
  const take = async (files: Files, read: (name: string, text: string) => void = add) => {
    for (const file of files ?? []) {
      if (file.size > MOST_BYTES) setFault(`${file.name} is larger than any root.`);
      else read(file.name, await file.text());
    }
  };
  return (
    <section className="trust-part">
      <h3>On whose word</h3>
      <ul className="trust-roots">
        {kept.map((one) => (
          <li key={`${one.kind} ${one.fingerprint} ${one.repository}`}>
            <span>
              <strong>{one.name}</strong>{' '}
              <span className="quiet">
                {describeKept(one)}
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
      <Drop accept=".json,.pem,.pub,application/json" onFiles={(files) => take(files)}>
        Bring your own: a <code>trusted_root.json</code> or a public key (PEM). It stays in this browser.
      </Drop>
      {bringAuthority === undefined
        ? null
        : AUTHORITIES.map(({ kind, words }) => (
            <Drop
              key={kind}
              accept=".pem,.crt,.cer"
              onFiles={(files) =>
                take(files, (name, text) => keep(bringAuthority(kind, name, text, repository)))
              }
            >
              {words}
            </Drop>
          ))}
      {fault === undefined ? null : (
        <p className="trust-fault" role="alert">
          {fault}
        </p>
      )}
    </section>
  );
}

type Files = FileList | null | undefined;

/** Apart, as notation’s trust stores are: who stamps times need not be believed to sign. */
const AUTHORITIES = [
  {
    kind: 'authority',
    words: 'Notary Project: certificates of authorities whose signers you believe (PEM).',
  },
  { kind: 'stamper', words: 'Notary Project: root certificates of timestamp authorities (PEM).' },
] as const;

function describeKept({ kind, repository }: KeptTrust): string {
  switch (kind) {
    case 'root':
      return 'a trusted root that you keep here';
    case 'key':
      return `a public key that you keep here for ${repository}`;
    case 'authority':
      return `an authority for Notary Project signatures that you keep here for ${repository}`;
    case 'stamper':
      return `a timestamp authority for Notary Project signatures that you keep here for ${repository}`;
  }
}

/** A key may be kept for several repositories. */
function isSame(one: KeptTrust, other: KeptTrust): boolean {
  return (
    one.kind === other.kind && one.fingerprint === other.fingerprint && one.repository === other.repository
  );
}

function Fingerprint({ of }: { of: string }) {
  return (
    <code className="trust-print">
      <span className="unseen">SHA-256 </span>
      {of}
    </code>
  );
}

interface DropProps {
  accept: string;
  children: ReactNode;
  onFiles: (files: Files) => Promise<void>;
}

function Drop({ accept, children, onFiles }: DropProps) {
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
      <label htmlFor={id}>{children}</label>
      <input id={id} type="file" accept={accept} multiple onChange={choose} />
    </div>
  );
}
