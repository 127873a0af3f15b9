export { type Capability, capabilities, kernels, privileges } from './capabilities.ts';
export { capabilityMarkdown, settingMarkdown } from './markdown.ts';
export { type Finding, type Probe, type ProbePlace, probes } from './probes.ts';
