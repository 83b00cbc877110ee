// Writes docs/reference from the code, or with --check says what has drifted. Every page is made from the
// same tables that the program runs on, so a page cannot say what the program does not do.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { settings } from '../src/app/settings.ts';
import { rules } from '../src/engines/policy/rules/all.ts';
import { commands } from '../src/entry/cli/all.ts';
import { exitCodeOf } from '../src/entry/cli/exit.ts';
import { createOpenApi } from '../src/entry/http/api/openapi.ts';
import { statusOfKind } from '../src/entry/http/errors.ts';
import { type ErrorFactory, type ErrorKind, PlimsollError } from '../src/kit/error.ts';
import { listFiles, root } from '../test/house.ts';

const NOTE = '<!-- Made by `npm run docs` from the code: do not edit. -->';

const pages: Readonly<Record<string, string>> = {
  'errors.md': await errorsPage(),
  'configuration.md': configurationPage(),
  'cli.md': await cliPage(),
  'limits.md': limitsPage(),
  'rules.md': rulesPage(),
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
    'Every failure carries a code. Its kind decides the HTTP status, the exit code and whether trying again makes sense (limited, unavailable).',
    table(
      ['code', 'kind', 'HTTP', 'exit', 'meaning', 'what to do'],
      factories.map((one) => [
        `\`${one.code}\``,
        one.kind,
        `${statusOfKind(one.kind)}`,
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
  const rows = [...source.matchAll(/\/\*\* ((?:(?!\*\/)[\s\S])+) \*\/\s+(\w+): ([^,\n]+),/g)].map((match) => [
    `\`${match[2]}\``,
    (match[3] as string).replaceAll('_', ' '),
    (match[1] as string).replace(/\s*\n\s*\*\s*/g, ' '),
  ]);
  return page(
    'Limits',
    'Every bound with the reason for its number. The unit is in the name.',
    table(['limit', 'value', 'why'], rows),
  );
}

function rulesPage(): string {
  return page(
    'Policy rules',
    'Each pushed image is judged by these. A rule says pass, fail or unknown; unknown is not a pass. How the answers become the load line is in [load-line.md](load-line.md).',
    table(
      ['rule', 'title', 'meaning'],
      rules.map((rule) => [`\`${rule.id}\``, rule.title, rule.meaning]),
    ),
  );
}

function page(title: string, lead: string, body: string): string {
  return `# ${title}\n${NOTE}\n\n${lead}\n\n${body}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function packageVersion(): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;
}
