// Compiled for its precompiled header only: see herald_use_caf_pch.
