export * from './axis.ts';
export * from './device-axis.ts';
export * from './moments.ts';
export * from './notation.ts';
export * from './ruler.ts';
export * from './shares.ts';
export * from './ticks.ts';
