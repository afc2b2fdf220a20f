/** STLS (RFC 2595 section 4). */
import type {LoginCommand} from './login-command.ts';

export const stls: LoginCommand = async phase => {
  const {upgrade} = phase.options;
  if (phase.connection.isEncrypted) return phase.reply('-ERR TLS is already active.');
  if (upgrade === undefined) return phase.reply("-ERR TLS support isn't enabled.");
  await phase.startTls(upgrade);
  return undefined;
};
