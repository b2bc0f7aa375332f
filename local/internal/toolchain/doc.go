// Package toolchain finds what the local AWS needs on this machine, builds what it can, and names everything else
// that is missing in one message before anything starts.
//
// Large tools are built once into the user's cache and shared by all clones; what is compiled from this clone stays
// in its own folder. The package runs nothing of what it finds, apart from compilers and installers.
package toolchain
