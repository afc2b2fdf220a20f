/** CAPA before the login (RFC 2449). */
import type {LoginCommand} from './login-command.ts';

export const CAPABILITIES = ['CAPA', 'TOP', 'UIDL', 'RESP-CODES', 'PIPELINING', 'AUTH-RESP-CODE'] as const;

export const capa: LoginCommand = phase => {
  const names = phase.mechanisms.map(({name}) => name).join(' ');
  const lines = [
    '+OK',
    ...CAPABILITIES,
    ...(phase.canStartTls ? ['STLS'] : []),
    ...(phase.isPlaintextDisabled ? [] : ['USER']),
    `SASL ${names}`,
    '.',
  ];
  return phase.reply(lines.join('\r\n'));
};
