/** The comment head of doveconf: version and file, Pigeonhole's version, operating system, host name. */
import {readFileSync, statSync} from 'node:fs';
import {hostname, machine, release, type as systemName} from 'node:os';
import {toPath} from '../core/base/bytes.ts';
import {DOVECOT_VERSION, PIGEONHOLE_VERSION} from '../core/config/dovecot/version.ts';

/** The versions whose behaviour is ours: scripts look for them. */
export function versionLines(file: string): string {
  return `# ${DOVECOT_VERSION}: ${file}\n# Pigeonhole version ${PIGEONHOLE_VERSION}\n`;
}

export function hostLines(mailLocation: string): string {
  const system = [systemName(), release(), machine(), distribution(), fileSystemOf(mailLocation)].join(' ');
  return `# OS: ${system}\n# Hostname: ${hostname()}\n`;
}

/** The files that name a distribution, and what they leave out. */
const RELEASE_FILES: readonly (readonly [file: string, name: string])[] = [
  ['/etc/redhat-release', ''],
  ['/etc/SuSE-release', ''],
  ['/etc/mandrake-release', ''],
  ['/etc/fedora-release', ''],
  ['/etc/sourcemage-release', ''],
  ['/etc/slackware-version', ''],
  ['/etc/gentoo-release', ''],
  ['/etc/debian_version', 'Debian '],
];

function distribution(): string {
  const described = /^DISTRIB_DESCRIPTION=(.*)$/m.exec(readIfThere('/etc/lsb-release') ?? '')?.[1];
  if (described !== undefined) return described.replace(/^"(.*)"$/, '$1');
  for (const [file, name] of RELEASE_FILES) {
    const text = readIfThere(file);
    if (text !== undefined) return name + (text.split('\n', 1)[0] ?? '');
  }
  return '';
}

/** The kind of file system that mail lies on, when it lies below one known folder. */
function fileSystemOf(location: string): string {
  const [, path] = /^[^:]*:([^:]*)/.exec(location) ?? [];
  if (path === undefined || !path.startsWith('/')) return '';
  const variable = path.indexOf('%');
  const folder = variable < 0 ? path : path.slice(0, path.lastIndexOf('/', variable) + 1);
  if (statSync(toPath(folder), {throwIfNoEntry: false}) === undefined) return '';
  return mountOf(folder);
}

function mountOf(folder: string): string {
  let best = '';
  let kind = '';
  for (const line of (readIfThere('/proc/mounts') ?? '').split('\n')) {
    const [, point = '', type = ''] = line.split(' ');
    const holds = folder === point || folder.startsWith(point.endsWith('/') ? point : `${point}/`);
    if (point === '' || !holds || point.length < best.length) continue;
    best = point;
    kind = type;
  }
  return kind;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined; // another distribution
  }
}
