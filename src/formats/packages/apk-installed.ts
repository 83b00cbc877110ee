// Alpine's database of installed packages (lib/apk/db/installed), apk-package(5): one-letter fields, one a
// line, packages divided by empty lines. Only what an inventory needs is read; files (F R Z a M) are passed
// over. A package without name or version is counted, never thrown.

export interface ApkPackage {
  /** P */
  readonly name: string;
  /** V */
  readonly version: string;
  /** A */
  readonly architecture?: string;
  /** o: the APKBUILD it was built from; what secdb names. */
  readonly origin?: string;
  /** L, as written. */
  readonly license?: string;
  /** m */
  readonly maintainer?: string;
}

export interface ApkInstalled {
  readonly packages: readonly ApkPackage[];
  /** First lines, from 1, of entries that lack a name or version. */
  readonly malformedAt: readonly number[];
}

const WANTED: ReadonlySet<string> = new Set(['P', 'V', 'A', 'o', 'L', 'm']);

/** All packages in the file's order. */
export function parseApkInstalled(text: string): ApkInstalled {
  const packages: ApkPackage[] = [];
  const malformedAt: number[] = [];
  let fields = new Map<string, string>();
  let line = 0;
  let begunAt = 0;
  const close = () => {
    if (begunAt === 0) return;
    const found = toPackage(fields);
    if (found === undefined) malformedAt.push(begunAt);
    else packages.push(found);
    fields = new Map();
    begunAt = 0;
  };
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    line += 1;
    if (end === start) close();
    else {
      if (begunAt === 0) begunAt = line;
      const key = text[start] as string;
      if (text[start + 1] === ':' && WANTED.has(key) && !fields.has(key)) {
        fields.set(key, text.slice(start + 2, end).trim());
      }
    }
    start = end + 1;
  }
  close();
  return Object.freeze({ packages, malformedAt });
}

function toPackage(fields: ReadonlyMap<string, string>): ApkPackage | undefined {
  const name = fields.get('P');
  const version = fields.get('V');
  if (!name || !version) return undefined;
  const architecture = fields.get('A');
  const origin = fields.get('o');
  const license = fields.get('L');
  const maintainer = fields.get('m');
  return Object.freeze({
    name,
    version,
    ...(architecture && { architecture }),
    ...(origin && { origin }),
    ...(license && { license }),
    ...(maintainer && { maintainer }),
  });
}
