// The JSON Schema (draft 2020-12) of policy files, from the same schemas that read them: editors complete and
// check by it. It cannot say that something must hold, and duplicate keys; policy-file.ts does.
import type { Json, JsonObject } from '../../kit/json.ts';
import { schemaOfConfig } from './rule-type.ts';
import { rules } from './rules/all.ts';
import type { Rule } from './rules/rule.ts';

export function createPolicySchema(): JsonObject {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Plimsoll policy file (plimsoll.yaml)',
    type: 'object',
    required: ['policies'],
    additionalProperties: false,
    properties: {
      $schema: { type: 'string', description: 'Where this schema is, for editors.' },
      policies: {
        type: 'array',
        minItems: 1,
        description: 'The rules that hold; what is not listed does not.',
        items: entrySchema(),
      },
      debug: { description: 'Docker Scout’s; not read.' },
    },
  };
}

function entrySchema(): JsonObject {
  return {
    type: 'object',
    required: ['name'],
    additionalProperties: false,
    properties: {
      name: { enum: rules.flatMap(namesOf), description: 'Which rule.' },
      title: { type: 'string', minLength: 1, maxLength: 200, description: 'What people call it.' },
      enabled: { type: 'boolean', default: true, description: 'Whether it holds.' },
      weight: {
        type: 'number',
        minimum: 0,
        maximum: 1_000_000,
        description: 'In the score; 0 leaves it out.',
      },
      config: { type: ['object', 'null'], description: 'Its parameters.' },
    },
    allOf: rules.map(
      (rule): Json => ({
        if: { properties: { name: { enum: namesOf(rule) } }, required: ['name'] },
        // biome-ignore lint/suspicious/noThenProperty: it is JSON Schema's word, and nothing awaits it.
        then: {
          properties: {
            config: { anyOf: [schemaOfConfig(rule), { type: 'null' }] },
            weight: { default: rule.weight },
          },
        },
      }),
    ),
  };
}

function namesOf({ id, names = [] }: Rule): string[] {
  return [id, ...names];
}
