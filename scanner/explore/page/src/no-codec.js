// A codec that stores of lmutau do not have
export default null;
