// The one YAML file of settings. Every key must be a setting's, written whole (`log.level: debug`) or in
// levels; what is wrong is said with its line.
import { readFileSync } from 'node:fs';
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLMap } from 'yaml';
import { appErrors } from './errors.ts';
import { settings } from './settings.ts';

/** A setting's text with its place: `--data`, `PLIMSOLL_DATA`, `plimsoll.yaml:3` or `default`. */
export interface Given {
  readonly text: string;
  readonly origin: string;
}

const KEYS: readonly string[] = Object.freeze(Object.values(settings).map((setting) => setting.key));

/** Every key of the file with its line, or `app.config_unreadable`, `app.setting_unknown`, `app.setting_invalid`. */
export function readConfigFile(file: string): ReadonlyMap<string, Given> {
  const lines = new LineCounter();
  const document = parseDocument(readText(file), { lineCounter: lines, uniqueKeys: true });
  const place = (offset: number | undefined): string => `${file}:${lines.linePos(offset ?? 0).line}`;
  const [problem] = document.errors;
  if (problem !== undefined)
    throw appErrors.config_unreadable(
      `${place(problem.pos[0])} is not YAML: ${problem.message.split('\n', 1)[0]}`,
    );
  const found = new Map<string, Given>();
  if (document.contents === null) return found;
  if (!isMap(document.contents))
    throw appErrors.config_unreadable(`${place(0)} is not a list of keys, as "listen: 127.0.0.1:1876"`);
  collect(document.contents, '', place, found);
  return found;
}

function collect(
  map: YAMLMap,
  prefix: string,
  place: (offset: number | undefined) => string,
  found: Map<string, Given>,
): void {
  for (const { key, value } of map.items) {
    const start = isScalar(key) ? key.range?.[0] : undefined;
    const name = `${prefix}${isScalar(key) ? String(key.value) : '?'}`;
    if (isMap(value) && KEYS.some((key) => key.startsWith(`${name}.`))) {
      collect(value, `${name}.`, place, found);
      continue;
    }
    if (!KEYS.includes(name))
      throw appErrors.setting_unknown(
        `${place(start)} sets "${name}", which is not a setting${nearest(name)}`,
      );
    const text = scalarText(value);
    if (text === undefined)
      throw appErrors.setting_invalid(`${place(start)} sets "${name}" to something that is not one value`);
    found.set(name, { text, origin: place(start) });
  }
}

function scalarText(value: unknown): string | undefined {
  if (isScalar(value) && value.value !== null) return String(value.source ?? value.value);
  if (!isSeq(value)) return undefined;
  const items = value.items.map(scalarText);
  return items.includes(undefined) ? undefined : items.join(',');
}

function nearest(name: string): string {
  const start = (name.split('.').at(-1) ?? '').slice(0, 3);
  const close = KEYS.find(
    (key) => start.length === 3 && key.split(/[._]/).some((part) => part.startsWith(start)),
  );
  return close === undefined ? '' : `; did you mean "${close}"?`;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw appErrors.config_unreadable(`the configuration file ${file} cannot be read`, { cause });
  }
}
