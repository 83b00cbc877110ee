// What there is to write a policy of: every rule type as plain values, for listings and the reference page.
import { z } from 'zod';
import { isJsonObject, type Json, type JsonObject } from '../../kit/json.ts';
import { rules } from './rules/all.ts';
import type { Rule } from './rules/rule.ts';

export interface RuleParameter {
  readonly name: string;
  readonly fallback: Json;
  /** One sentence. */
  readonly meaning: string;
}

export interface RuleType {
  readonly id: string;
  /** Other names that a policy file may call it by. */
  readonly names: readonly string[];
  /** With its defaults. */
  readonly title: string;
  readonly meaning: string;
  readonly weight: number;
  readonly parameters: readonly RuleParameter[];
}

/** In the order in which they are shown. */
export function listRuleTypes(): readonly RuleType[] {
  return rules.map((rule) => ({
    id: rule.id,
    names: rule.names ?? [],
    title: rule.title(rule.config.parse({})),
    meaning: rule.meaning,
    weight: rule.weight,
    parameters: listParameters(rule),
  }));
}

/** The JSON Schema of a rule's parameters as they are written, each with its default. */
export function schemaOfConfig(rule: Rule): JsonObject {
  const { $schema: _, ...schema } = z.toJSONSchema(rule.config, { io: 'input' }) as JsonObject;
  const fallbacks = rule.config.parse({}) as JsonObject;
  const properties = Object.entries(isJsonObject(schema.properties) ? schema.properties : {}).map(
    ([name, property]) => [name, { ...(property as JsonObject), default: fallbacks[name] ?? null }] as const,
  );
  return { ...schema, properties: Object.fromEntries(properties) };
}

function listParameters(rule: Rule): readonly RuleParameter[] {
  return Object.entries(schemaOfConfig(rule).properties as JsonObject).map(([name, property]) => {
    const { default: fallback = null, description } = property as JsonObject;
    return { name, fallback, meaning: String(description ?? '') };
  });
}
