// What a repository is set to, as an instance says it, and changing it: which tags stay what they are, how strictly
// moves of the others are judged, and which rules are switched off there. Each setting is a request of its own; what
// one refuses leaves those before it done, and said.
import { imageErrors } from '../../io/images/errors.ts';
import type { InstanceClient } from '../../io/images/instance.ts';
import { decodeUtf8 } from '../../kit/bytes.ts';
import { isJsonObject, type Json, type JsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { type CommandInput, textOption } from './command.ts';
import { cliErrors } from './errors.ts';
import { type ExitCode, exitCodes } from './exit.ts';
import { checkChoice } from './option.ts';
import { printable } from './printable.ts';
import type { CliWorld } from './world.ts';

interface Place {
  readonly instance: InstanceClient;
  readonly repository: string;
}

const MODES = Object.freeze(['off', 'log', 'hold', 'default'] as const);

export async function showSettings(world: CliWorld, place: Place): Promise<ExitCode> {
  sayTagRule(world, place, await ask(place, '/-/tag-rule'));
  saySentinel(world, place, await ask(place, '/-/sentinel'));
  return exitCodes.yes;
}

/** `cli.usage` where nothing is to be set, `cli.option_invalid`; `images.*`. */
export async function changeSettings(world: CliWorld, place: Place, input: CommandInput): Promise<ExitCode> {
  const immutableTags = readPatterns(textOption(input, 'immutableTags'));
  const mode = readMode(textOption(input, 'sentinel'));
  const [off, on] = [textOption(input, 'sentinelRuleOff'), textOption(input, 'sentinelRuleOn')];
  const isAboutRules = off !== undefined || on !== undefined;
  if (immutableTags === undefined && mode === undefined && !isAboutRules)
    throw cliErrors.usage(
      "plimsoll repository set needs --immutable-tags, as '#.#.#,v#.#.#' or default, --sentinel, --sentinel-rule-off or --sentinel-rule-on",
    );
  const reason = textOption(input, 'reason')?.trim() ?? '';
  if (off !== undefined && reason === '')
    throw cliErrors.usage('--sentinel-rule-off goes with --reason: why the rule is no use here');
  if (immutableTags !== undefined)
    sayTagRule(world, place, await ask(place, '', { method: 'PATCH', body: { immutableTags } }));
  if (mode === undefined && !isAboutRules) return exitCodes.yes;
  const rulesOff = isAboutRules ? { rulesOff: await changeRules(place, { off, on, reason }) } : {};
  const body = { ...(mode === undefined ? {} : { mode }), ...rulesOff };
  saySentinel(world, place, await ask(place, '/-/sentinel', { method: 'PATCH', body }));
  return exitCodes.yes;
}

/** Null is the standard rule. */
function readPatterns(text: string | undefined): readonly string[] | null | undefined {
  if (text === undefined) return undefined;
  if (text === 'default') return null;
  const patterns = text.split(',').map((one) => one.trim());
  return patterns.filter((one) => one !== '');
}

/** Null is the server's. */
function readMode(text: string | undefined): string | null | undefined {
  if (text === undefined) return undefined;
  const mode = checkChoice('--sentinel', text, MODES);
  return mode === 'default' ? null : mode;
}

/** The whole list, with one switched off or on. */
async function changeRules(
  place: Place,
  {
    off,
    on,
    reason,
  }: { readonly off: string | undefined; readonly on: string | undefined; readonly reason: string },
): Promise<readonly object[]> {
  const { rulesOff } = await ask(place, '/-/sentinel');
  const stay = readRulesOff(place, rulesOff).filter(({ rule }) => rule !== on && rule !== off);
  const kept = stay.map(({ rule, reason: why }) => ({ rule, reason: why }));
  return off === undefined ? kept : [...kept, { rule: off, reason }];
}

function sayTagRule(world: CliWorld, place: Place, { immutableTags }: JsonObject): void {
  if (!Array.isArray(immutableTags)) throw foreign(place);
  const said = immutableTags.length === 0 ? 'none: every tag may move' : immutableTags.map(String).join(', ');
  world.stdout.write(`immutable tags: ${printable(said)}\n`);
}

function saySentinel(world: CliWorld, place: Place, { mode, own, server, rulesOff }: JsonObject): void {
  if (typeof mode !== 'string' || typeof server !== 'string') throw foreign(place);
  const whose =
    own === undefined
      ? 'as the server'
      : own === mode
        ? `set here; the server is set to ${server}`
        : `${own} is set here, but the server is stricter`;
  const lines = [
    `sentinel: ${mode} (${whose})`,
    ...readRulesOff(place, rulesOff).map(
      ({ rule, reason, by, at }) => `  ${rule} is switched off by ${by} since ${at}: ${reason}`,
    ),
  ];
  world.stdout.write(lines.map((line) => `${printable(line)}\n`).join(''));
}

interface ShownRuleOff {
  readonly rule: string;
  readonly reason: string;
  readonly by: string;
  readonly at: string;
}

function readRulesOff(place: Place, value: Json | undefined): readonly ShownRuleOff[] {
  if (!Array.isArray(value)) throw foreign(place);
  return value.map((one: Json) => {
    const { rule, reason, by, at } = isJsonObject(one) ? one : {};
    if (![rule, reason, by, at].every((text) => typeof text === 'string')) throw foreign(place);
    return { rule, reason, by, at } as ShownRuleOff;
  });
}

async function ask(
  { instance, repository }: Place,
  path: string,
  more: { readonly method?: 'PATCH'; readonly body?: unknown } = {},
): Promise<JsonObject> {
  const bytes = await instance.send({
    ...more,
    path: `/api/v1/repositories/${repository}${path}`,
    limitBytes: limits.registryAnswerBytes,
  });
  const value = parseJson(decodeUtf8(bytes) ?? '');
  if (!isJsonObject(value)) throw foreign({ instance, repository });
  return value;
}

function foreign({ instance }: Place) {
  return imageErrors.registry_failed(
    `${instance.host} is not a Plimsoll instance, or one of another version`,
  );
}
