// Core metadata of Python distributions (packaging.python.org, "Core metadata specifications"): METADATA of
// a dist-info folder, PKG-INFO of an egg-info. Headers as in RFC 822, then the project's description, which
// is not read. Anything goes in, nothing is thrown; `UNKNOWN` is how old tools wrote "nothing".

export interface PythonMetadata {
  readonly name?: string;
  readonly version?: string;
  /** An SPDX expression, says PEP 639. */
  readonly licenseExpression?: string;
  /** Free text, often the whole licence; lines joined by newlines. */
  readonly license?: string;
  /** Classifiers below `License ::`, as written. */
  readonly licenseClassifiers: readonly string[];
  /** Author, else maintainer; a name without its address. */
  readonly supplier?: string;
}

const FIELD = /^([A-Za-z][A-Za-z0-9-]*):/;
/** A project has one or two; more is no honest list. */
const CLASSIFIERS = 50;

/** What the headers say; of a field that stands twice the first one holds. */
export function parsePythonMetadata(text: string): PythonMetadata {
  const { fields, licenseClassifiers } = readHeaders(text);
  const said = (name: string): string | undefined => {
    const value = fields.get(name)?.join('\n').trim();
    return value === undefined || value === '' || value.toUpperCase() === 'UNKNOWN' ? undefined : value;
  };
  const supplier =
    said('author') ?? nameOf(said('author-email')) ?? said('maintainer') ?? nameOf(said('maintainer-email'));
  const name = said('name');
  const version = said('version');
  const licenseExpression = said('license-expression');
  const license = said('license');
  return Object.freeze({
    ...(name && { name }),
    ...(version && { version }),
    ...(licenseExpression && { licenseExpression }),
    ...(license && { license }),
    licenseClassifiers,
    ...(supplier && { supplier }),
  });
}

/** Where the headers end and the description begins: at the first empty line. */
export function pythonHeadersEnd(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) {
    const next = bytes[at + 1] === 0x0d ? at + 2 : at + 1;
    if (bytes[next] === 0x0a) return at + 1;
  }
  return bytes.length;
}

function readHeaders(text: string) {
  const fields = new Map<string, string[]>();
  const licenseClassifiers: string[] = [];
  let current: string[] | undefined;
  for (const line of linesOf(text)) {
    if (line === '') break;
    if (/^[ \t]/.test(line)) {
      // Old tools prefix each line of a text with eight spaces and a bar.
      current?.push(line.replace(/^[ \t]+\|?/, ''));
      continue;
    }
    const match = FIELD.exec(line);
    const field = match?.[1]?.toLowerCase();
    const value = line.slice(match?.[0].length ?? 0).trim();
    current = undefined;
    if (field === 'classifier') {
      if (value.startsWith('License ::') && licenseClassifiers.length < CLASSIFIERS)
        licenseClassifiers.push(value);
    } else if (field !== undefined && !fields.has(field)) {
      current = [value];
      fields.set(field, current);
    }
  }
  return { fields, licenseClassifiers };
}

function* linesOf(text: string): Generator<string> {
  for (let start = text.startsWith('\uFEFF') ? 1 : 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    yield text.slice(start, text[end - 1] === '\r' && end > start ? end - 1 : end);
    start = end + 1;
  }
}

/** `"Name" <mail>, …`: the first one's name; undefined for a bare address. */
function nameOf(addresses: string | undefined): string | undefined {
  const match = /^\s*"?([^"<>@,\n]+?)"?\s*</.exec(addresses ?? '');
  return match?.[1];
}
