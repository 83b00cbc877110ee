// A small gate for tests: a policy in a few lines, tags and verdicts in tables, a clock that stands where it is put.
import { type Digest, digestOf } from '../../formats/oci/digest.ts';
import { imageErrors } from '../../io/images/errors.ts';
import { createGate, type Gate, type GateSubject } from './gate.ts';
import { parseGatePolicy } from './gate-policy-file.ts';
import type { ImageVerdict } from './verdict.ts';

export const NOW = Date.UTC(2026, 10, 21, 12);
export const digest: Digest = digestOf('an image');

export const passes: ImageVerdict = { outcome: 'pass', reasons: [{ rule: 'mark', sentence: 'It passed.' }] };
export const fails: ImageVerdict = {
  outcome: 'fail',
  reasons: [{ rule: 'mark', sentence: 'Its mark says FAILED.', fix: 'Build on a newer base.' }],
};

export const POLICY = `
gate:
  exempt-namespaces: [kube-system]
  break-glass: { longest: 4h, users: [alice], groups: [oncall] }
  rules:
    - { name: vendor, images: [registry.k8s.io/*], exempt-because: the cluster's own }
    - { name: trial, namespaces: [trial], mode: dry-run, require: { mark: { key: a } } }
    - { name: quiet, namespaces: [quiet], mode: "off", require: { mark: { key: a } } }
    - { name: acme, images: [images.example.org/acme/*], require: { mark: { key: a } } }
`;

export interface GateFixture {
  readonly gate: Gate;
  /** References whose digest was asked for, and whose verdict was. */
  readonly asked: string[];
}

/** `verdict`: of every image; a function may throw. Tags of `images.example.org/acme/gone` are missing. */
export function makeGate(
  options: {
    readonly policy?: string;
    readonly verdict?: ImageVerdict | (() => Promise<ImageVerdict>);
    readonly now?: number;
    readonly resolve?: () => Promise<Digest>;
  } = {},
): GateFixture {
  const asked: string[] = [];
  const { verdict = passes, now = NOW } = options;
  const gate = createGate({
    policy: parseGatePolicy(options.policy ?? POLICY, 'gate.yaml'),
    clock: { now: () => now },
    place: {
      async resolve({ repository, digest: own }) {
        asked.push(repository);
        if (options.resolve !== undefined) return options.resolve();
        if (repository === 'acme/gone') throw imageErrors.missing('images.example.org has no acme/gone:1');
        return own ?? digest;
      },
    },
    verdicts: {
      async judge({ reference }) {
        asked.push(`judged ${reference.repository}`);
        return typeof verdict === 'function' ? verdict() : verdict;
      },
    },
  });
  return { gate, asked };
}

export function subject(image: string, more: Partial<GateSubject> = {}): GateSubject {
  return {
    namespace: 'shop',
    name: 'app-1',
    user: { name: 'carol', groups: ['dev'] },
    annotations: new Map(),
    images: [{ image, place: 'container app' }],
    ...more,
  };
}
