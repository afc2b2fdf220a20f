/** A fault that ends the whole command, met in one user's mail. */
import {FatalError} from '../../core/base/errors.ts';

export class UserFatal extends FatalError {
  readonly user: string;

  constructor(user: string, {message, exitStatus}: FatalError) {
    super(message, exitStatus);
    this.user = user;
  }
}
