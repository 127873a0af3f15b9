// Contract first: the face of the addon. The implementation loads `build/mapscope.node` and validates arguments here.
// A call answers >= 0 or a negative errno (as the kernel does); only wrong arguments throw.
export {};
