// Writes docs/reference from the code, or with --check says what has drifted. Every page is made from the
// same tables that the program runs on, so a page cannot say what the program does not do.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { settings } from '../src/app/settings.ts';
import { allFeeds } from '../src/engines/advisory/feeds/all.ts';
import { standardPolicy } from '../src/engines/policy/policy.ts';
import { createPolicySchema } from '../src/engines/policy/policy-schema.ts';
import { listRuleTypes } from '../src/engines/policy/rule-type.ts';
import { cataloguers } from '../src/engines/sbom/cataloguers/all.ts';
import { commands } from '../src/entry/cli/all.ts';
import { exitCodeOf } from '../src/entry/cli/exit.ts';
import { createOpenApi } from '../src/entry/http/api/openapi.ts';
import { statusOfError } from '../src/entry/http/errors.ts';
import { type ErrorFactory, type ErrorKind, PlimsollError } from '../src/kit/error.ts';
import { limits } from '../src/kit/limits.ts';
import { listFiles, root } from '../test/house.ts';

const MiB = 1024 * 1024;
const BYTE_UNITS = [
  ['GiB', 1024 * MiB],
  ['MiB', MiB],
  ['KiB', 1024],
  ['bytes', 1],
] as const;
const TIME_UNITS = [
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;
const COUNT_UNITS = [['', 1]] as const;

const NOTE = '<!-- Made by `npm run docs` from the code: do not edit. -->';

const pages: Readonly<Record<string, string>> = {
  'errors.md': await errorsPage(),
  'configuration.md': configurationPage(),
  'cli.md': await cliPage(),
  'limits.md': limitsPage(),
  'rules.md': rulesPage(),
  'ecosystems.md': ecosystemsPage(),
  'plimsoll.schema.json': `${JSON.stringify(createPolicySchema(), undefined, 2)}\n`,
  'openapi.json': `${JSON.stringify(createOpenApi(packageVersion()), undefined, 2)}\n`,
};

const drifted = Object.entries(pages).filter(([name, text]) => {
  const file = join(root, 'docs/reference', name);
  return !existsSync(file) || readFileSync(file, 'utf8') !== text;
});
if (process.argv.includes('--check')) {
  for (const [name] of drifted)
    process.stderr.write(`docs/reference/${name} has drifted from the code: run npm run docs\n`);
  process.exitCode = drifted.length === 0 ? 0 : 1;
} else for (const [name, text] of drifted) writeFileSync(join(root, 'docs/reference', name), text);

async function errorsPage(): Promise<string> {
  const factories: ErrorFactory[] = [];
  for (const path of listFiles(join(root, 'src'))
    .filter((file) => file.endsWith('/errors.ts'))
    .sort()) {
    const module = (await import(pathToFileURL(join(root, path)).href)) as Record<string, unknown>;
    for (const value of Object.values(module))
      if (typeof value === 'object' && value !== null)
        factories.push(...Object.values(value).filter(isFactory));
  }
  factories.sort((a, b) => (a.code < b.code ? -1 : 1));
  return page(
    'Errors',
    'Every failure carries a code. Its kind decides the exit code and whether trying again makes sense (limited but for what is too large, and unavailable), kind and code the HTTP status.',
    table(
      ['code', 'kind', 'HTTP', 'exit', 'meaning', 'what to do'],
      factories.map((one) => [
        `\`${one.code}\``,
        one.kind,
        `${statusOfError(one)}`,
        `${exitOf(one)}`,
        one.meaning,
        one.hint,
      ]),
    ),
  );
}

function isFactory(value: unknown): value is ErrorFactory {
  return typeof value === 'function' && 'code' in value && 'kind' in value;
}

function exitOf(factory: ErrorFactory): number {
  return exitCodeOf(
    new PlimsollError(factory.code, { kind: factory.kind as ErrorKind, meaning: '', hint: '' }, ''),
  );
}

function configurationPage(): string {
  return page(
    'Configuration',
    'Each thing is set in one way, by flag, environment variable or a key of one YAML file (`--config FILE`, `PLIMSOLL_CONFIG`), in that order. `plimsoll config` prints what holds and where it came from.',
    table(
      ['key', 'flag', 'variable', 'default', 'meaning'],
      Object.values(settings).map((one) => [
        `\`${one.key}\``,
        `\`${one.flag}\``,
        `\`${one.env}\``,
        one.fallback === undefined ? '' : `\`${one.fallback}\``,
        one.meaning,
      ]),
    ),
  );
}

async function cliPage(): Promise<string> {
  const parts: string[] = [];
  for (const row of commands) {
    const command = new Command(`plimsoll ${row.name}`).description(row.summary);
    command.configureHelp({ helpWidth: 100 });
    let after = '';
    command.configureOutput({ writeOut: (text) => (after += text) });
    (await row.load()).define(command);
    command.outputHelp();
    parts.push(`## plimsoll ${row.name}\n\n\`\`\`\n${after.trimEnd()}\n\`\`\``);
  }
  return page(
    'Command line',
    'Data goes to standard output, progress and hints to standard error. Exit codes: 0 yes, 1 error, 2 the policy or threshold said no, 3 not found or not allowed.',
    parts.join('\n\n'),
  );
}

function limitsPage(): string {
  const source = readFileSync(join(root, 'src/kit/limits.ts'), 'utf8');
  const reasons = new Map(
    [...source.matchAll(/\/\*\* ((?:(?!\*\/)[\s\S])+) \*\/\s+(\w+):/g)].map((match) => [
      match[2] as string,
      (match[1] as string).replace(/\s*\n\s*\*\s*/g, ' '),
    ]),
  );
  const rows = Object.entries(limits).map(([name, value]) => {
    const reason = reasons.get(name);
    if (reason === undefined) throw new Error(`src/kit/limits.ts gives no reason for ${name}`);
    return [`\`${name}\``, formatLimit(name, value), reason];
  });
  return page(
    'Limits',
    'Every bound on what is read or kept, with the reason for its number.',
    table(['limit', 'value', 'why'], rows),
  );
}

/** The number with the unit that its name ends in, in the largest unit that divides it. */
function formatLimit(name: string, value: number): string {
  const units = name.endsWith('Bytes') ? BYTE_UNITS : name.endsWith('Ms') ? TIME_UNITS : COUNT_UNITS;
  const [unit, size] = units.find(([, candidate]) => value % candidate === 0) as readonly [string, number];
  return `${(value / size).toLocaleString('en')} ${unit}`.trimEnd();
}

function rulesPage(): string {
  const types = listRuleTypes();
  const standard = standardPolicy.rules.map(({ rule }) => `\`${rule}\``).join(', ');
  return page(
    'Policy rules',
    `A policy is a list of these; where nobody wrote one, ${standard} hold. How a policy file is written is in [policy.md](../guide/policy.md); editors check it by [plimsoll.schema.json](plimsoll.schema.json). A rule says pass, fail or unknown; unknown is not a pass. How the answers become the load line is in [load-line.md](load-line.md).`,
    [
      table(
        ['rule', 'title', 'weight', 'meaning'],
        types.map((type) => [`\`${type.id}\``, type.title, `${type.weight}`, type.meaning]),
      ),
      ...types
        .filter(({ parameters, names }) => parameters.length > 0 || names.length > 0)
        .map(({ id, names, parameters }) =>
          [
            `## ${id}`,
            ...(names.length === 0
              ? []
              : [`A policy file may also call it ${names.map((name) => `\`${name}\``).join(', ')}.`]),
            ...(parameters.length === 0
              ? []
              : [
                  table(
                    ['parameter', 'default', 'meaning'],
                    parameters.map(({ name, fallback, meaning }) => [
                      `\`${name}\``,
                      `\`${JSON.stringify(fallback)}\``,
                      meaning,
                    ]),
                  ),
                ]),
          ].join('\n\n'),
        ),
    ].join('\n\n'),
  );
}

function ecosystemsPage(): string {
  return page(
    'Ecosystems',
    'What Plimsoll finds in an image, by which proof, and which advisories it can hold against it. What is found but covered by no feed is said to be not judged, never to be clean.',
    [
      '## Packages',
      table(
        ['cataloguer', 'finds', 'proof', 'read up to'],
        cataloguers.map(({ name, title, evidence, wish }) => [
          `\`${name}\``,
          title,
          evidence,
          formatLimit('limitBytes', wish.limitBytes),
        ]),
      ),
      'The distribution and its release come from `etc/os-release` or `usr/lib/os-release`. A file that is larger than it is read up to, or that cannot be read, is an unknown of the report.',
      '## Advisories',
      table(
        ['feed', 'title', 'covers', 'class', 'public address'],
        allFeeds.map((feed) => [
          `\`${feed.name}\``,
          feed.title,
          feed.covers,
          feed.coverage === 'affected' ? 'lists unfixed too' : 'fixed only',
          `\`${feed.defaultSource}\``,
        ]),
      ),
      'How a package meets its advisories, and how feeds are read from a folder or mirror: [feeds.md](feeds.md).',
    ].join('\n\n'),
  );
}

function page(title: string, lead: string, body: string): string {
  return `# ${title}\n\n${NOTE}\n\n${lead}\n\n${body}\n`;
}

/** Columns aligned, as the formatter wants them. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => (row[column] as string).length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] as number)).join(' | ')} |`;
  const rule = widths.map((width) => '-'.repeat(width));
  return [line(cells[0] as string[]), line(rule), ...cells.slice(1).map(line)].join('\n');
}

function packageVersion(): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;
}
