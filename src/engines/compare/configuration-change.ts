// How the image configuration changed: what it runs, as whom, on which ports, and its labels. Values of
// environment variables are never told: a comparison is read by more people than the image.
import type { ImageConfig } from '../../formats/oci/config.ts';
import type { ConfigurationChange } from './comparison.ts';

/** In a fixed order; empty where either image has no configuration to compare. */
export function compareConfigurations(
  before: ImageConfig | undefined,
  after: ImageConfig | undefined,
): readonly ConfigurationChange[] {
  if (before === undefined || after === undefined) return [];
  const run = RUN.flatMap(([name, read]) => changeOf('run', name, read(before), read(after)));
  const environment = compareMembers('environment', 'Env', environmentOf(before), environmentOf(after));
  const labels = compareMembers('label', 'Label', before.labels, after.labels);
  return [...run, ...environment.map(hideValues), ...labels];
}

const RUN: readonly (readonly [string, (config: ImageConfig) => string | undefined])[] = Object.freeze([
  ['User', (config) => config.user || 'root'],
  ['Entrypoint', (config) => command(config.entrypoint)],
  ['Command', (config) => command(config.command)],
  ['WorkingDir', (config) => config.workingDir],
  ['Ports', (config) => list(config.exposedPorts)],
  ['Volumes', (config) => list(config.volumes)],
  ['StopSignal', (config) => config.stopSignal],
]);

function command(words: readonly string[]): string | undefined {
  return words.length === 0 ? undefined : JSON.stringify(words);
}

function list(items: readonly string[]): string | undefined {
  return items.length === 0 ? undefined : [...items].sort().join(', ');
}

function environmentOf({ env }: ImageConfig): Readonly<Record<string, string>> {
  return Object.fromEntries(
    env.map((line) => {
      const at = line.indexOf('=');
      return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}

function compareMembers(
  group: ConfigurationChange['group'],
  word: string,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): readonly ConfigurationChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) =>
    changeOf(group, `${word} ${name}`, memberOf(before, name), memberOf(after, name)),
  );
}

function memberOf(members: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

function changeOf(
  group: ConfigurationChange['group'],
  name: string,
  before: string | undefined,
  after: string | undefined,
): readonly ConfigurationChange[] {
  if (before === after) return [];
  return [
    {
      name,
      group,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    },
  ];
}

function hideValues({ before, after, ...change }: ConfigurationChange): ConfigurationChange {
  return {
    ...change,
    ...(before === undefined ? {} : { before: 'set' }),
    ...(after === undefined ? {} : { after: before === undefined ? 'set' : 'set otherwise' }),
  };
}
