// What the shared feeds say of some packages, worked out without the product: Debian's versions are compared by
// dpkg, Python's by pip's own library, the rest by numbers; all of it outside of this process.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DebianPackage } from './debian-base.ts';
import { run } from './world.ts';

/** `CVE-2024-45491 libexpat1`, sorted: of each package the CVEs of its source that a later version has fixed. */
export function findDebianCves(
  folder: string,
  feeds: string,
  packages: readonly DebianPackage[],
): readonly string[] {
  const pairs = join(folder, 'pairs');
  // Packages of one source stand in one row: each comparison is a process.
  const sources = Map.groupBy(packages, ({ sourceName, sourceVersion }) => `${sourceName} ${sourceVersion}`);
  const asked = [...sources].map(([source, of]) => `${of.map(({ name }) => name).join(',')} ${source}`);
  writeFileSync(pairs, asked.join('\n'));
  const rows = run('python3', ['-c', READ_TRACKER, join(feeds, 'debian/tracker.json'), pairs]).stdout;
  writeFileSync(pairs, rows);
  const loop =
    'while read -r id name have fixed; do dpkg --compare-versions "$have" lt "$fixed" && echo "$id $name"; done';
  return run('sh', ['-c', `{ ${loop} || true; } <"$0"`, pairs])
    .stdout.trim()
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const [id, names] = line.split(' ') as [string, string];
      return names.split(',').map((name) => `${id} ${name}`);
    })
    .sort();
}

const READ_TRACKER = `
import json, sys
tracker = json.load(open(sys.argv[1]))
for line in open(sys.argv[2]):
    names, source, version = line.split()
    for cve, said in tracker.get(source, {}).items():
        fixed = said["releases"].get("bookworm", {}).get("fixed_version", "0")
        if fixed != "0": print(cve, names, version, fixed)
`;

/** One record and a package that it is of; `ids` are its id and its aliases. */
export interface OsvHit {
  readonly ids: readonly string[];
  readonly name: string;
}

/** `versions` by package name, several where they stand side by side. */
export function findOsvHits(
  feeds: string,
  ecosystem: 'Go' | 'npm' | 'PyPI',
  versions: ReadonlyMap<string, readonly string[]>,
  python = 'python3',
): readonly OsvHit[] {
  const archive = join(feeds, 'osv', ecosystem, 'all.zip');
  const wish = JSON.stringify(Object.fromEntries(versions));
  return JSON.parse(run(python, ['-c', READ_OSV, archive, ecosystem, wish]).stdout);
}

// osv-schema, `affected[].ranges[]`: events in order; a version is in where the last event at or below it introduces.
const READ_OSV = `
import json, sys, zipfile, re
archive, ecosystem, wish = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
def key(text):
    if ecosystem == "PyPI":
        from pip._vendor.packaging.version import Version
        return Version(text)
    plain = text.lstrip("v").split("+")[0]
    numbers, _, pre = plain.partition("-")
    parts = [int(one) for one in numbers.split(".")] + [0, 0]
    words = [(0, int(one), "") if one.isdigit() else (1, 0, one) for one in re.split(r"[.]", pre)] if pre else []
    return (parts[:3], 0 if pre else 1, words)
def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower() if ecosystem == "PyPI" else name
def holds(affected, version):
    if version in affected.get("versions", []): return True
    for span in affected.get("ranges", []):
        if span["type"] == "GIT": continue
        inside = False
        points = [(kind, value) for event in span["events"] for kind, value in event.items()]
        for kind, value in sorted(points, key=lambda one: key(one[1])):
            at = key(value)
            if kind == "introduced" and (value == "0" or at <= key(version)): inside = True
            if kind == "fixed" and at <= key(version): inside = False
            if kind == "last_affected" and at < key(version): inside = False
        if inside: return True
    return False
names = {plain(name): name for name in wish}
hits = []
with zipfile.ZipFile(archive) as records:
    for entry in records.namelist():
        if not entry.endswith(".json"): continue
        record = json.loads(records.read(entry))
        if "withdrawn" in record: continue
        for affected in record.get("affected", []):
            name = names.get(plain(affected["package"]["name"]))
            if name is None: continue
            if any(holds(affected, version) for version in wish[name]):
                hits.append({"ids": [record["id"], *record.get("aliases", [])], "name": name})
print(json.dumps(hits))
`;
