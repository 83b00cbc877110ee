// The gate in a cluster, as YAML: webhooks that fail closed, and a deployment that may do nothing. It needs no rights of
// Kubernetes: what it judges comes with the question. Its own namespace is left out, since a gate that is down could else
// never be started.

export interface ManifestParts {
  readonly image: string;
  readonly namespace: string;
  readonly exemptNamespaces: readonly string[];
  /** Whether digests are written in place of tags. */
  readonly isMutating: boolean;
  /** PEM, of whoever issued the gate's certificate; cert-manager makes one where absent. */
  readonly authority?: string;
  /** Origin of the instance that it asks as a part of; each of its pods then keeps a certificate of its own. */
  readonly instance?: string;
}

const RULES = `    rules:
      - apiGroups: [""]
        apiVersions: [v1]
        operations: [CREATE, UPDATE]
        resources: [pods, pods/ephemeralcontainers, replicationcontrollers, podtemplates]
        scope: Namespaced
      - apiGroups: [apps]
        apiVersions: [v1]
        operations: [CREATE, UPDATE]
        resources: [deployments, statefulsets, daemonsets, replicasets]
        scope: Namespaced
      - apiGroups: [batch]
        apiVersions: [v1]
        operations: [CREATE, UPDATE]
        resources: [jobs, cronjobs]
        scope: Namespaced`;

export function formatManifests(parts: ManifestParts): string {
  const { namespace, authority, isMutating } = parts;
  return [
    head(parts),
    `apiVersion: v1
kind: Namespace
metadata:
  name: ${namespace}
`,
    ...(authority === undefined ? [certificate(namespace)] : []),
    `apiVersion: v1
kind: ServiceAccount
metadata:
  name: plimsoll-gate
  namespace: ${namespace}
automountServiceAccountToken: false
`,
    service(namespace),
    workload(parts),
    `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: plimsoll-gate
  namespace: ${namespace}
spec:
  minAvailable: 1
  selector:
    matchLabels: { app.kubernetes.io/name: plimsoll-gate }
`,
    ...(isMutating ? [webhook('Mutating', '/mutate', parts)] : []),
    webhook('Validating', '/validate', parts),
  ].join('---\n');
}

function head({ namespace, authority, instance }: ManifestParts): string {
  const files = `#   kubectl -n ${namespace} create configmap plimsoll-gate-policy --from-file=FOLDER`;
  const secret = `#   kubectl -n ${namespace} create secret tls plimsoll-gate-tls --cert=FILE --key=FILE`;
  return [
    '# Plimsoll’s gate in a cluster, as `plimsoll gate manifests` writes it. Beside it, after the namespace is there:',
    '# the policy as gate.yaml, with every file that it names, in one folder,',
    files,
    ...(authority === undefined
      ? ['# cert-manager, which makes and renews the gate’s certificate;']
      : ['# the gate’s certificate, for the name of its service;', secret]),
    '# and, where its registries need a login, docker’s config.json,',
    `#   kubectl -n ${namespace} create secret generic plimsoll-gate-registry --from-file=config.json`,
    ...(instance === undefined
      ? []
      : [
          '# and an invitation for each of its pods, which is of no use once both run,',
          `#   plimsoll part invite gate/${namespace} --host ${new URL(instance).host} --uses ${REPLICAS} > invitation`,
          `#   kubectl -n ${namespace} create secret generic plimsoll-gate-invitation --from-file=invitation`,
        ]),
    '# Every question is denied while no gate answers: apply the webhooks when its pods are ready.',
    '',
  ].join('\n');
}

/** Self-signed and renewed by cert-manager, which also writes it into the webhooks. */
function certificate(namespace: string): string {
  return `apiVersion: cert-manager.io/v1
kind: Issuer
metadata:
  name: plimsoll-gate
  namespace: ${namespace}
spec:
  selfSigned: {}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: plimsoll-gate
  namespace: ${namespace}
spec:
  secretName: plimsoll-gate-tls
  dnsNames: [plimsoll-gate.${namespace}.svc]
  issuerRef: { kind: Issuer, name: plimsoll-gate }
`;
}

function service(namespace: string): string {
  return `apiVersion: v1
kind: Service
metadata:
  name: plimsoll-gate
  namespace: ${namespace}
spec:
  selector: { app.kubernetes.io/name: plimsoll-gate }
  ports:
    - name: https
      port: 443
      targetPort: https
`;
}

const REPLICAS = 2;

/** As a part each pod has a volume that stays its own: two that shared a certificate would renew it against each other. */
function workload({ namespace, image, instance }: ManifestParts): string {
  const isPart = instance !== undefined;
  return `apiVersion: apps/v1
kind: ${isPart ? 'StatefulSet' : 'Deployment'}
metadata:
  name: plimsoll-gate
  namespace: ${namespace}
spec:
  replicas: ${REPLICAS}${isPart ? '\n  serviceName: plimsoll-gate\n  podManagementPolicy: Parallel' : ''}
  selector:
    matchLabels: { app.kubernetes.io/name: plimsoll-gate }
  template:
    metadata:
      labels: { app.kubernetes.io/name: plimsoll-gate }
    spec:
      serviceAccountName: plimsoll-gate
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 65532
        runAsGroup: 65532${isPart ? '\n        fsGroup: 65532' : ''}
        seccompProfile: { type: RuntimeDefault }
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels: { app.kubernetes.io/name: plimsoll-gate }
${isPart ? initContainers(image, instance) : ''}      containers:
        - name: gate
          image: ${image}
          command: [plimsoll, gate, serve, /etc/plimsoll-gate/gate.yaml]
          args: [--listen, "0.0.0.0:8443", --tls-certificate, /tls/tls.crt, --tls-key, /tls/tls.key]
          env:
            - { name: HOME, value: /tmp }
            - { name: DOCKER_CONFIG, value: /registry }${isPart ? `\n            ${PART_FOLDER}` : ''}
          ports:
            - { name: https, containerPort: 8443 }
          readinessProbe:
            httpGet: { path: /readyz, port: https, scheme: HTTPS }
          livenessProbe:
            httpGet: { path: /healthz, port: https, scheme: HTTPS }
          resources:
            requests: { cpu: 50m, memory: 128Mi }
            limits: { memory: 512Mi }
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: { drop: [ALL] }
          volumeMounts:
            - { name: policy, mountPath: /etc/plimsoll-gate, readOnly: true }
            - { name: tls, mountPath: /tls, readOnly: true }
            - { name: registry, mountPath: /registry, readOnly: true }
            - { name: tmp, mountPath: /tmp }${isPart ? `\n            ${PART_MOUNT}` : ''}
      volumes:
        - name: policy
          configMap: { name: plimsoll-gate-policy }
        - name: tls
          secret: { secretName: plimsoll-gate-tls }
        - name: registry
          secret: { secretName: plimsoll-gate-registry, optional: true }
        - name: tmp
          emptyDir: { sizeLimit: 64Mi }
${isPart ? PART_VOLUMES : ''}`;
}

const PART_FOLDER = '- { name: PLIMSOLL_PART_FOLDER, value: /part/held }';
const PART_MOUNT = '- { name: part, mountPath: /part }';
const PART_VOLUMES = `        - name: invitation
          secret: { secretName: plimsoll-gate-invitation, optional: true }
  volumeClaimTemplates:
    - metadata: { name: part }
      spec:
        accessModes: [ReadWriteOnce]
        resources: { requests: { storage: 16Mi } }
`;

function initContainers(image: string, instance: string): string {
  return `      initContainers:
        # Joins at the first start; later it finds the certificate that its pod keeps, and asks nobody.
        - name: join
          image: ${image}
          command: [plimsoll, part, join, "${instance}", --once, --invitation, /invitation/invitation]
          env:
            - { name: HOME, value: /tmp }
            ${PART_FOLDER}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: { drop: [ALL] }
          volumeMounts:
            ${PART_MOUNT}
            - { name: invitation, mountPath: /invitation, readOnly: true }
            - { name: tmp, mountPath: /tmp }
`;
}

function webhook(kind: 'Mutating' | 'Validating', path: string, parts: ManifestParts): string {
  const { namespace, exemptNamespaces, authority } = parts;
  const exempt = [...new Set([namespace, ...exemptNamespaces])].join(', ');
  const annotations =
    authority === undefined
      ? `\n  annotations:\n    cert-manager.io/inject-ca-from: ${namespace}/plimsoll-gate`
      : '';
  const bundle =
    authority === undefined ? '' : `\n      caBundle: ${Buffer.from(authority).toString('base64')}`;
  return `apiVersion: admissionregistration.k8s.io/v1
kind: ${kind}WebhookConfiguration
metadata:
  name: plimsoll-gate${annotations}
webhooks:
  - name: ${path.slice(1)}.gate.plimsoll.dev
    clientConfig:
      service: { name: plimsoll-gate, namespace: ${namespace}, path: ${path}, port: 443 }${bundle}
    admissionReviewVersions: [v1]
    sideEffects: None
    failurePolicy: Fail
    matchPolicy: Equivalent
    timeoutSeconds: 10${kind === 'Mutating' ? '\n    # Others may add containers after the first time.\n    reinvocationPolicy: IfNeeded' : ''}
    namespaceSelector:
      matchExpressions:
        - key: kubernetes.io/metadata.name
          operator: NotIn
          values: [${exempt}]
${RULES}
`;
}
