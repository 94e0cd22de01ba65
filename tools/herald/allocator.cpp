// The settings of jemalloc, which it reads as it starts: states are large, grow
// and stay, so they take huge pages; what a batch gave back is kept for a
// while, since the next will ask for as much, and a page that the system hands
// out anew is one that it clears first.
extern "C" {
const char* malloc_conf = "thp:always,metadata_thp:always,dirty_decay_ms:30000";
}
