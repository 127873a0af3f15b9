/** Does something of a scene; the code of what the system said where it could not be done. Anything else that is thrown is a bug, and thrown on. */
export function attempt(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
    throw error;
  }
}
