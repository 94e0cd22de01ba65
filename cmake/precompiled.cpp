// Nothing: the precompiled header needs a target that is compiled.
