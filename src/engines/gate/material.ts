// What a gate policy names by files: trusted roots, keys, trust policies. Texts in, values out; whoever reads the files
// hands them over by the names that the policy has. Whatever a signer of it needs must be there when it starts, since a
// gate that finds out later denies everything.
import { parseTrustedRoot, type TrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import { isPlimsollError } from '../../kit/error.ts';
import type { JudgeWitnesses } from '../verify/expectation.ts';
import { parseTrustedKey, type TrustedKey } from '../verify/signer.ts';
import type { TrustSigner } from '../verify/trust-policy.ts';
import { parseTrustPolicy } from '../verify/trust-policy-file.ts';
import { parseWitnessPolicy } from '../witness/policy.ts';
import { judgeQuorum } from '../witness/quorum.ts';
import { gateErrors } from './errors.ts';
import type { GatePolicy, GateRule, Requirement } from './gate-policy.ts';

export interface GateMaterial {
  /** With its trust policies in it. */
  readonly policy: GatePolicy;
  readonly trustedRoots: readonly TrustedRoot[];
  readonly keys: readonly TrustedKey[];
  /** Where the policy names some. */
  readonly witnesses?: JudgeWitnesses;
}

/** Each once, as the policy writes them. */
export function filesOf(policy: GatePolicy): readonly string[] {
  const trust = requirementsOf(policy).flatMap((one) => (one.kind === 'trust' ? [one.file] : []));
  const { rootFiles, keyFiles, witnessFile } = policy;
  return [
    ...new Set([...rootFiles, ...keyFiles, ...trust, ...(witnessFile === undefined ? [] : [witnessFile])]),
  ];
}

/** `gate.material_missing`, `gate.policy_invalid`, `verify.policy_invalid`. */
export function readMaterial(policy: GatePolicy, texts: ReadonlyMap<string, string>): GateMaterial {
  const textOf = (file: string): string => {
    const text = texts.get(file);
    if (text === undefined)
      throw gateErrors.material_missing(`${policy.name} names ${file}, which is not there`);
    return text;
  };
  const read = <T>(file: string, parse: (text: string) => T): T => {
    try {
      return parse(textOf(file));
    } catch (cause) {
      if (!isPlimsollError(cause) || cause.code.startsWith('gate.')) throw cause;
      throw gateErrors.policy_invalid(
        `${file}, which ${policy.name} names, cannot be used: ${cause.message}`,
        { cause },
      );
    }
  };
  const { witnessFile: file } = policy;
  const witnesses =
    file === undefined ? undefined : read(file, (text) => openWitnesses(text, file, policy.name));
  const material = {
    policy: {
      ...policy,
      rules: policy.rules.map((rule) => openRule(rule, (file) => parseTrustPolicy(textOf(file), file))),
    },
    trustedRoots: policy.rootFiles.map((file) => ({
      ...read(file, (text) => parseTrustedRoot(Buffer.from(text))),
      name: file,
    })),
    keys: policy.keyFiles.map((file) => read(file, (text) => parseTrustedKey(text, file))),
    ...(witnesses === undefined ? {} : { witnesses }),
  };
  checkSigners(material.policy);
  return material;
}

/** A file that asks for nobody's word would look like one that does. */
function openWitnesses(text: string, file: string, name: string): JudgeWitnesses {
  const witnesses = parseWitnessPolicy(text, file);
  if (witnesses.quorum === undefined)
    throw gateErrors.policy_invalid(`${file}, which ${name} names, asks for no witness: its quorum is none`);
  return (checkpoint) => judgeQuorum(checkpoint, witnesses);
}

function openRule(rule: GateRule, open: (file: string) => ReturnType<typeof parseTrustPolicy>): GateRule {
  if (rule.demand.kind === 'exempt') return rule;
  const requirements = rule.demand.requirements.map((one) =>
    one.kind === 'trust' ? { ...one, policy: open(one.file) } : one,
  );
  return { ...rule, demand: { kind: 'require', requirements } };
}

function checkSigners(policy: GatePolicy): void {
  for (const requirement of requirementsOf(policy)) {
    const [signers, where] = signersOf(requirement, policy.name);
    for (const signer of signers) {
      if (signer.kind === 'key' && !policy.keyFiles.includes(signer.key))
        throw gateErrors.policy_invalid(
          `${where} names the key ${signer.key}, which is not among the keys of ${policy.name}`,
        );
      const root = signer.kind === 'identity' ? signer.root : undefined;
      if (root !== undefined && !policy.rootFiles.includes(root))
        throw gateErrors.policy_invalid(
          `${where} names the root ${root}, which is not among the trusted-roots of ${policy.name}`,
        );
      if (signer.kind === 'identity' && policy.rootFiles.length === 0)
        throw gateErrors.policy_invalid(
          `${where} names a signer by its identity, but ${policy.name} has no trusted-roots to believe one under`,
        );
    }
  }
}

function signersOf(requirement: Requirement, name: string): readonly [readonly TrustSigner[], string] {
  switch (requirement.kind) {
    case 'mark':
      return [[requirement.signer], name];
    case 'trust':
      return [requirement.policy?.rules.flatMap(({ signers }) => signers) ?? [], requirement.file];
    case 'verdict':
      return [[], name];
  }
}

function requirementsOf({ rules }: GatePolicy): readonly Requirement[] {
  return rules.flatMap(({ demand }) => (demand.kind === 'require' ? demand.requirements : []));
}
