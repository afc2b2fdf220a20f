import assert from 'node:assert/strict';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {tcpPorts} from '../../../src/core/net/tcp-ports.ts';

test('services are those of known_tcp_ports, then of the services file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tcp-ports-'));
  try {
    const file = join(folder, 'services');
    writeFileSync(file, 'smtp 26/tcp\ndomain 53/udp\nodd 99/tcp strange # other\nodd 98/tcp\nwrong 70000/tcp\n');
    const portOf = tcpPorts('lmtp=24, smtp=25, smtps=submissions=465 bad=0', file);
    const names = ['smtp', 'smtps', 'submissions', 'odd', 'strange', 'other', 'domain', 'bad', 'wrong', '__proto__'];
    assert.deepEqual(names.map(portOf), [25, 465, 465, 99, 99, undefined, undefined, undefined, undefined, undefined]);
  } finally {
    rmSync(folder, {recursive: true});
  }
});
